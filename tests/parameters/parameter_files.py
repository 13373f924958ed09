"""Small files for the tests of parameters: written into a folder, extending the project's base."""

from pathlib import Path

from kik_analysis.parameters.scenario import load_scenario

ROOT = Path(__file__).resolve().parents[2]
BASE = ROOT / "params" / "base.yml"
HERE = Path(__file__).parent


def scenario_file(folder, text, name="twaalf.yml", extends=str(BASE)):
    """Write a scenario file; results name what it extends ``base.yml``, whatever the folder."""
    path = folder / name
    path.write_text(f"extends: {extends}\n{text}" if extends else text, encoding="utf-8")
    return path


def load(folder, text, name="twaalf.yml", extends=str(BASE)):
    return load_scenario(scenario_file(folder, text, name, extends))
