from kik_analysis.capacity.comparison import compare as compare
from kik_analysis.capacity.simulate import simulate as simulate
from kik_analysis.facts.audit import audit as audit
from kik_analysis.facts.bounds import bounds as bounds
from kik_analysis.facts.claims import claims as claims
from kik_analysis.parameters.scenario import load_scenario as load_scenario
from kik_analysis.people.register import read_register as read_register
from kik_analysis.pilots.design import load_design as load_design
from kik_analysis.pilots.diagnosis import diagnose as diagnose
from kik_analysis.pilots.diagnosis import redesign as redesign
from kik_analysis.planning.staff import required_fte as required_fte
from kik_analysis.report.publish import publish as publish
from kik_analysis.statistics import estimates as estimates
from kik_analysis.statistics import intervals as intervals
from kik_analysis.statistics import power as power

__version__: str
