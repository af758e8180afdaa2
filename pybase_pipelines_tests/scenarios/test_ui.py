"""What a person sees in the UI, in a real browser, where one is installed."""

import re
import shutil

import pytest

from pybase_pipelines_tests.files import make_pdf

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

pytestmark = [
    pytest.mark.scenario,
    pytest.mark.browser,
    pytest.mark.timeout(300),
    pytest.mark.skipif(BROWSER is None, reason="no Chromium or Chrome is installed"),
]


def test_the_partitions_page_shows_good_and_failed_files_and_what_was_read(machine, tmp_path):
    from playwright.sync_api import expect, sync_playwright

    address = machine.start_dev()
    (tmp_path / "good.pdf").write_bytes(make_pdf())
    (tmp_path / "<img src=x onerror=alert(1)>.pdf").write_bytes(make_pdf())
    (tmp_path / "empty.pdf").write_bytes(b"")
    machine.run("upload", *(str(path) for path in sorted(tmp_path.glob("*.pdf"))))
    machine.wait_until_final(3)
    with sync_playwright() as playwright:
        page = playwright.chromium.launch(executable_path=BROWSER, args=FLAGS).new_page()
        dialogs = []
        page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
        page.goto(f"{address}/assets/extractions?view=partitions")
        expect(page.get_by_text(re.compile(r"Failed \(1\)"))).to_be_visible(timeout=60_000)
        expect(page.get_by_text(re.compile(r"Materialized \(2\)"))).to_be_visible()
        page.locator("text=/good.pdf$/ >> visible=true").first.click()
        expect(page.get_by_text("%PDF header at byte 0, version 1.4")).to_be_visible(timeout=30_000)
        page.locator("text=/alert/ >> visible=true").first.click()
        expect(page.get_by_text("Materialized", exact=True)).to_be_visible(timeout=30_000)
        assert dialogs == [], "a file name is text, never markup"
        page.goto(f"{address}/runs")
        expect(page.get_by_text("extract_uploads_job").first).to_be_visible(timeout=30_000)
