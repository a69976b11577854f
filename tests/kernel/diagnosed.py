"""Scripts and what diagnosis finds in them."""

from __future__ import annotations

from recorded import Record

from autograd_tutor.analysis.diagnosis.diagnose import diagnose
from autograd_tutor.analysis.diagnosis.finding import Finding
from autograd_tutor.render.findings.finding_rows import finding_rows

BEGIN = "import torch\n"


def findings(record: Record, code: str) -> tuple[Finding, ...]:
    """All findings of a script, which begins with `import torch`; their words can be made."""
    recorded = record(BEGIN + code)
    found = diagnose(recorded.recording)
    for each in found:
        assert all(row.text for row in finding_rows(each, recorded.recording))
    return found


def keys(record: Record, code: str) -> list[str]:
    """The keys of what is found and is no note."""
    return [each.key for each in findings(record, code) if each.certainty != "note"]
