"""Groups, systems and zones with their members, and who owns what.

What belongs here: what objects are gathered under without standing in it. What does not: places.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from typing import Any

from pybase_pipelines.extractors.ifc.model import Model, reference, text
from pybase_pipelines.extractors.ifc.relations import Relations
from pybase_pipelines.results.ifc import IfcGroup, IfcOwner


def read_groups(model: Model, relations: Relations) -> list[IfcGroup]:
    members: dict[int, list[str]] = defaultdict(list)
    for number, groups in relations.groups.items():
        global_id = text(relations.objects.get(number, {}).get("GlobalId")) or f"#{number}"
        for group in groups:
            members[group.id()].append(global_id)
    found = []
    for entity in model.entities("IfcGroup"):
        row = relations.objects[entity.id()]
        served = (relations.objects.get(e.id(), {}) for e in relations.served.get(entity.id(), []))
        found.append(
            IfcGroup(
                entity_id=row["id"],
                global_id=text(row.get("GlobalId")),
                ifc_class=row["type"],
                name=text(row.get("Name")),
                long_name=text(row.get("LongName")),
                description=text(row.get("Description")),
                object_type=text(row.get("ObjectType")),
                predefined_type=text(row.get("PredefinedType")),
                members=members.get(entity.id(), []),
                serves=[name for name in (text(s.get("GlobalId")) for s in served) if name],
            )
        )
    return found


def read_owners(model: Model) -> list[IfcOwner]:
    owners = []
    for row in model.rows("IfcOwnerHistory"):
        user, organization = _read_user(model, row.get("OwningUser"))
        application = reference(row.get("OwningApplication"))
        named = model.row(application) if application is not None else {}
        owners.append(
            IfcOwner(
                id=row["id"],
                user=user,
                organization=organization,
                application=text(named.get("ApplicationFullName")) or text(named.get("ApplicationIdentifier")),
                change_action=text(row.get("ChangeAction")),
                created_at=_time(row.get("CreationDate")),
                modified_at=_time(row.get("LastModifiedDate")),
            )
        )
    return owners


def _read_user(model: Model, value: Any) -> tuple[str | None, str | None]:
    entity = reference(value)
    both = model.row(entity) if entity is not None else {}
    person, organization = reference(both.get("ThePerson")), reference(both.get("TheOrganization"))
    named = model.row(person) if person is not None else {}
    words = [w for w in (text(named.get("GivenName")), text(named.get("FamilyName"))) if w]
    name = " ".join(words) or text(named.get("Identification")) or text(named.get("Id"))
    return name, text(model.row(organization).get("Name")) if organization is not None else None


def _time(value: Any) -> str | None:
    """Seconds since 1970 as ISO 8601; 0 is what programs write that do not know."""
    if not isinstance(value, int) or not 0 < value < 1 << 33:
        return None
    return datetime.fromtimestamp(value, UTC).isoformat()
