"""An independent process model of the caseload: it shares no line with the engines."""
