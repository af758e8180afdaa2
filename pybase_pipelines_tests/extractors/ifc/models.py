"""Small building models as text, and the reading of them as the sandbox does it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from pybase_pipelines.extractors.contract import Progress, Source
from pybase_pipelines.extractors.ifc.extractor import extract
from pybase_pipelines.extractors.ifc.options import IfcOptions
from pybase_pipelines.formats.table import Detection, Format
from pybase_pipelines.results.ifc import IfcContent, IfcElement

HEADER = """ISO-10303-21;
HEADER;
FILE_DESCRIPTION(('ViewDefinition [CoordinationView_V2.0, QuantityTakeOffAddOnView]'),'2;1');
FILE_NAME('house.ifc','2024-05-09T17:23:26',('Ada'),('Office'),'Preprocessor 1','Modeller 2','Boss');
FILE_SCHEMA(('{schema}'));
ENDSEC;
DATA;
"""
TRAILER = "ENDSEC;\nEND-ISO-10303-21;\n"
PROJECT = "#1=IFCPROJECT('prj',$,'House','',$,'The house',$,$,#2);\n"
UNITS = """#2=IFCUNITASSIGNMENT((#3,#4,#5,#6));
#3=IFCSIUNIT(*,.LENGTHUNIT.,.MILLI.,.METRE.);
#4=IFCSIUNIT(*,.AREAUNIT.,$,.SQUARE_METRE.);
#5=IFCSIUNIT(*,.VOLUMEUNIT.,$,.CUBIC_METRE.);
#6=IFCCONVERSIONBASEDUNIT($,.PLANEANGLEUNIT.,'DEGREE',#7);
#7=IFCMEASUREWITHUNIT(IFCPLANEANGLEMEASURE(0.0174532925199433),#8);
#8=IFCSIUNIT(*,.PLANEANGLEUNIT.,$,.RADIAN.);
"""
PLACES = """#10=IFCSITE('site',$,'Plot',$,$,$,$,$,.ELEMENT.,(48,30,0,0),(-11,-30,0,0),520.,$,$);
#11=IFCBUILDING('bldg',$,'Main',$,$,$,$,$,.ELEMENT.,$,$,$);
#12=IFCBUILDINGSTOREY('st0',$,'Ground',$,$,$,$,$,.ELEMENT.,0.);
#13=IFCBUILDINGSTOREY('st1',$,'Upper',$,$,$,$,$,.ELEMENT.,3000.);
#14=IFCSPACE('spc',$,'R1',$,$,$,$,'Kitchen',.ELEMENT.,.INTERNAL.,$);
#15=IFCRELAGGREGATES('ra1',$,$,$,#1,(#10));
#16=IFCRELAGGREGATES('ra2',$,$,$,#10,(#11));
#17=IFCRELAGGREGATES('ra3',$,$,$,#11,(#12,#13));
#18=IFCRELAGGREGATES('ra4',$,$,$,#12,(#14));
"""
BASE = PROJECT + UNITS + PLACES
WALL = """#20=IFCWALL('wall',$,'W1','a wall','Basic',$,$,'T-1',.NOTDEFINED.);
#21=IFCRELCONTAINEDINSPATIALSTRUCTURE('rc1',$,$,$,(#20),#12);
"""


class Reading(NamedTuple):
    content: IfcContent
    progress: Progress

    @property
    def codes(self) -> list[str]:
        return [warning.code for warning in self.progress.warnings]

    def element(self, global_id: str) -> IfcElement:
        return next(e for e in self.content.elements if e.global_id == global_id)


def spf(body: str, schema: str = "IFC4") -> str:
    return HEADER.format(schema=schema) + body + TRAILER


def read(folder: Path, data: str | bytes, name: str = "model.ifc", **options: Any) -> Reading:
    path = folder / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    scratch = folder / "scratch"
    scratch.mkdir(exist_ok=True)
    content, progress = IfcContent(), Progress()
    source = Source(path, name, Detection(format=Format.IFC), IfcOptions(**options), scratch)
    extract(source, content, progress)
    return Reading(content, progress)
