from autograd_tutor.inside.api import record as record
from autograd_tutor.inside.api import record_step as record_step
from autograd_tutor.inside.api import watch as watch
from autograd_tutor.inside.findings import Finding as Finding
from autograd_tutor.inside.findings import explain as explain

__version__: str
