"""The Werk24 service: how its package is loaded, how it is asked, and what its refusals mean for us.

What belongs here: everything that knows the package `werk24`. What does not: what is in an answer (`answers`). The
licence token is found by the package itself; it is never read, passed on or written by us.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager
from typing import Any, Protocol, cast

from pybase_pipelines.errors import (
    AuthenticationFailed,
    FileTooLarge,
    InternalError,
    LibraryMissing,
    OptionsInvalid,
    PybaseError,
    QuotaExhausted,
    ServiceUnavailable,
    UnsupportedFormat,
)  # fmt: skip

LICENCE_HINT = (
    "Set the environment variable W24TECHREAD_AUTH_TOKEN, or put the licence file .werk24 into the home folder of the "
    "account that runs the extraction. Tokens are issued in the Werk24 console; a commercial licence is needed."
)
_FOREIGN_VARIABLES = frozenset(
    (
        "LOG_LEVEL", "MAX_PAGES", "HTTP_SERVER", "WSS_SERVER", "WSS_CLOSE_TIMEOUT", "MAX_HTTPS_RETRIES", "SIGNUP_URL",
        "READ_TOTAL_TIMEOUT", "READ_IDLE_TIMEOUT", "SUPPORTED_PYTHON_VERSIONS",
    )
)  # fmt: skip
"""The package reads these without a prefix, and refuses to load over a LOG_LEVEL that another program understands."""


class Client(Protocol):
    """What we use of `werk24.Werk24Client`."""

    def read_drawing(
        self, drawing: bytes, asks: Sequence[Any], max_pages: int = ..., *, total_timeout: float | None = ...
    ) -> AsyncIterator[Any]: ...


MakeClient = Callable[[], AbstractAsyncContextManager[Client]]


def open_client() -> AbstractAsyncContextManager[Client]:
    """The client of the real service. Raises what the package raises; `ask` translates it."""
    with _own_environment():
        from werk24 import Werk24Client

    # It logs parts of tokens and whole messages; what a person must know is in our errors and warnings.
    logging.getLogger("werk24").setLevel(logging.CRITICAL)
    return cast("AbstractAsyncContextManager[Client]", Werk24Client())


def ask(
    make_client: MakeClient,
    drawing: bytes,
    asks: Sequence[str],
    *,
    pages: int,
    seconds: float,
    on_message: Callable[[Any], None],
) -> None:
    """Have a drawing read, and hand over each message as it comes.

    Raises:
        PybaseError: the service, the licence or the network does not allow it, in our words.
    """
    try:
        asyncio.run(_ask(make_client, drawing, asks, pages, seconds, on_message))
    except PybaseError:
        raise
    except Exception as error:
        raise translate(error) from error


async def _ask(
    make_client: MakeClient,
    drawing: bytes,
    asks: Sequence[str],
    pages: int,
    seconds: float,
    on_message: Callable[[Any], None],
) -> None:
    with _own_environment():
        import werk24

    wanted = [getattr(werk24, name)() for name in asks]
    async with make_client() as client:
        async for message in client.read_drawing(drawing, wanted, max_pages=pages, total_timeout=seconds):
            on_message(message)


def translate(error: Exception) -> PybaseError:
    """Our error for one of the package's, by its class; none of them carries the token on."""
    if isinstance(error, ImportError):
        return LibraryMissing(
            f"The package 'werk24' cannot be loaded ({error}).", hint="Install it: pip install 'werk24>=2.8'."
        )
    from werk24.utils import exceptions as w24

    for kinds, make in (
        ((w24.InsufficientCreditsException,), _no_credits),
        ((w24.LicenseNotFoundException,), _no_licence),
        ((w24.InvalidLicenseException, w24.UnauthorizedException, w24.W24AuthenticationError), _refused_licence),
        ((w24.RequestTooLargeException,), _too_large),
        ((w24.UnsupportedMediaType,), _unsupported),
        ((w24.PriorityTooHighError, w24.InvalidPriorityError, w24.UserInputError, w24.W24ValidationError), _options),
        ((w24.ReadTimeoutError, TimeoutError), _silent),
        ((w24.SSLCertificateError,), _no_trust),
        ((w24.ServerException, OSError), _unavailable),
    ):
        if isinstance(error, kinds):
            return make(error)
    if type(error).__module__.partition(".")[0] in {"aiohttp", "websockets"}:
        return _unavailable(error)
    return InternalError(
        f"Werk24 answered in a way that is not understood ({type(error).__name__}).",
        hint="Upgrade the package 'werk24'; if that does not help, report this with the job's id.",
    )


def _no_credits(_: Exception) -> PybaseError:
    return QuotaExhausted("The credits of the Werk24 account are used up.")


def _no_licence(_: Exception) -> PybaseError:
    return AuthenticationFailed("No licence for the Werk24 service was found.", hint=LICENCE_HINT)


def _refused_licence(error: Exception) -> PybaseError:
    return AuthenticationFailed(f"Werk24 refused the licence ({type(error).__name__}).", hint=LICENCE_HINT)


def _too_large(_: Exception) -> PybaseError:
    return FileTooLarge(
        "Werk24 refused the drawing as too large.", hint="Split the document, or lower the resolution of the scan."
    )


def _unsupported(_: Exception) -> PybaseError:
    return UnsupportedFormat("Werk24 cannot read this kind of file.", hint="Werk24 reads PDF, PNG, JPEG and TIFF.")


def _options(error: Exception) -> PybaseError:
    return OptionsInvalid(f"Werk24 refused what was asked ({type(error).__name__}).")


def _silent(_: Exception) -> PybaseError:
    return ServiceUnavailable("Werk24 did not finish the drawing in time.")


def _no_trust(_: Exception) -> PybaseError:
    return AuthenticationFailed(
        "The certificate of the Werk24 service could not be verified.",
        hint="Check the proxy and the certificates of this machine (SSL_CERT_FILE).",
    )


def _unavailable(error: Exception) -> PybaseError:
    return ServiceUnavailable(f"Werk24 could not be reached or failed ({type(error).__name__}).")


@contextmanager
def _own_environment() -> Iterator[None]:
    """Hide the variables that other programs mean; they are back when the package is loaded."""
    hidden = {name: value for name, value in os.environ.items() if name.upper() in _FOREIGN_VARIABLES}
    for name in hidden:
        del os.environ[name]
    try:
        yield
    finally:
        os.environ.update(hidden)
