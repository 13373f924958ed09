"""The net under a rebuilt house: what two versions of this project give for the same input, side by side.

A run is deterministic, so the result is the test. ``python tests/net.py keep DIR`` keeps what the checkout
at hand gives (results, outputs of commands, messages for bad input, which notebooks a change runs again);
``python tests/net.py compare DIR OTHER [NAMED]`` says what differs. ``NAMED`` holds patterns, one a line, of
differences that were made on purpose; an unnamed one makes the exit code 1.
"""

from __future__ import annotations

import fnmatch
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
KIK = ROOT / ".venv" / "bin" / "kik"
CACHE = ROOT / "results" / ".net-cache"  # of its own: what earlier runs kept would hide a rerun
TWELVE = "title: {nl: Twaalf, en: Twelve}\nextends: %s\nteam: {fte: 12}\n"
COMMANDS: dict[str, list[str]] = {
    "help": ["--help"],
    "version": ["--version"],
    "explain_claim": ["explain", "L042"],
    "explain_parameter": ["explain", "team.fte", "--lang", "nl"],
    "explain_number": ["explain", "figure1.spoken_share"],
    "explain_unknown": ["explain", "figure1.spoken_shar"],
    "check_base": ["check", "params/base.yml"],
    "check_margin": ["check", "params/identification.yml"],
    "check_missing": ["check", "nowhere.yml"],
    "simulate": ["simulate", "params/base.yml", "--replications", "20", "--seed", "7"],
    "simulate_set": ["simulate", "params/base.yml", "--replications", "20", "--set", "team.fte=12"],
    "simulate_bad": ["simulate", "params/base.yml", "--set", "team.ftee=12"],
    "unknown": ["simulat"],
    "register_bad": ["register", "synth", "--people", "3"],
}


def run(words: list[str], cwd: Path = ROOT) -> dict[str, object]:
    """Run a command; its exit code and what it printed, without the folder it ran in."""
    env = {**os.environ, "LC_ALL": "C.UTF-8", "COLUMNS": "100", "KIK_CACHE": str(CACHE)}
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    done = subprocess.run(words, cwd=cwd, env=env, capture_output=True, text=True, check=False, timeout=900)
    found = {"code": done.returncode, "out": done.stdout, "err": done.stderr}
    return {
        key: text.replace(str(ROOT), "ROOT") if isinstance(text, str) else text for key, text in found.items()
    }


def keep(folder: Path) -> None:
    """Keep what this checkout gives."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.rmtree(CACHE, ignore_errors=True)
    folder.mkdir(parents=True)
    twelve = ROOT / "twaalf.yml"
    twelve.write_text(TWELVE % "params/base.yml", encoding="utf-8")
    try:
        for file in (
            "params/base.yml",
            "params/scenarios/july_2019.yml",
            "params/scenarios/quarter_overdue.yml",
            "twaalf.yml",
        ):
            name = Path(file).stem
            print("run", name, flush=True)
            done = run([str(KIK), "run", file, "--quiet"])
            if done["code"]:
                print(done["err"])
            shutil.copytree(ROOT / "results" / name, folder / "results" / name)
    finally:
        twelve.unlink()
    said = {name: run([str(KIK), *words]) for name, words in COMMANDS.items()}
    out = folder / "register.csv"
    said["simulate_register"] = run(
        [
            str(KIK),
            "simulate",
            "params/scenarios/july_2019.yml",
            "--register",
            "data/synthetic",
            "--replications",
            "20",
            "--out",
            str(out),
        ]
    )
    for path in sorted((ROOT / "tests" / "parameters" / "bad").glob("*.yml")):
        said[f"bad/{path.name}"] = run([str(KIK), "check", str(path.relative_to(ROOT))])
    (folder / "commands.json").write_text(json.dumps(said, indent=1, ensure_ascii=False), encoding="utf-8")
    (folder / "reruns.json").write_text(json.dumps(reruns(), indent=1), encoding="utf-8")


def reruns() -> dict[str, list[str]]:
    """Which notebooks run again after a single change, each change taken back afterwards."""
    changes = {
        "fte": ("params/base.yml", r"fte: \{value: 9, source: L028, confidence: A\}", "fte: 8.5"),
        "letter": ("params/base.yml", r"(minutes_letter: .*?central: )(\d+)", r"\g<1>11"),
        "replications": ("params/base.yml", r"(?m)^(\s+replications: )(\d+)", r"\g<1>37"),
        "seed": ("params/base.yml", r"(?m)^(\s+seed: )2019", r"\g<1>2020"),
        "title": ("params/base.yml", r"Stand oktober 2019", "Stand najaar 2019"),
        "claim_L010": (
            "data/published/claims.csv",
            r"(?m)^(L010,.*),13275,13275,(.*)$",
            r"\g<1>,13275,13276,\g<2>",
        ),
        "claim_D018": ("data/published/claims.csv", r"(?m)^(D018,[^,]*,[^,]*)", r"\g<1>x"),
        "assumption": ("params/identification.yml", r"\Z", "# a remark\n"),
        "margin": ("params/margins.csv", r"Eigen schatting: na", "Eigen schatting; na"),
        "text": ("kik_analysis/texts/audit.toml", r"\A", "# a remark\n"),
        "style": ("kik_analysis/figures/style.py", r"\Z", "\n# a remark\n"),
    }
    found: dict[str, list[str]] = {}
    run([str(KIK), "run", "params/base.yml", "--out", "results/net"])
    for name, (file, pattern, new) in changes.items():
        path = ROOT / file
        before = path.read_bytes()
        text = before.decode("utf-8")
        after = re.sub(pattern, new, text, count=1)
        if after == text:
            found[name] = ["the change found no place"]
            continue
        try:
            path.write_text(after, encoding="utf-8")
            done = run([str(KIK), "run", "params/base.yml", "--out", "results/net"])
            found[name] = sorted(
                set(re.findall(r"(\d\d_\w+)\.ipynb: runs", str(done["err"]) + str(done["out"])))
            )
            if done["code"]:
                found[name].append(f"exit {done['code']}: {str(done['err'])[-300:]}")
        finally:
            path.write_bytes(before)
    shutil.rmtree(ROOT / "results" / "net", ignore_errors=True)
    return found


def seen(folder: Path) -> dict[str, object]:
    """Return everything that is compared, by name; footers without the digest that names the version."""
    found: dict[str, object] = {}
    for result in sorted((folder / "results").iterdir()):
        manifest = json.loads((result / "manifest.json").read_text())
        mark = str(manifest["identity"])[:8]
        for path in sorted(p for p in result.rglob("*") if p.is_file()):
            name = f"{result.name}/{path.relative_to(result).as_posix()}"
            if path.name in {"run.log", "ro-crate-metadata.json", "manifest.json", "datapackage.json"}:
                continue
            if path.suffix == ".pdf":
                continue  # only where Chromium is, and never compared
            if path.suffix in {".xlsx", ".png"}:
                found[name] = path.read_bytes()
            elif path.name == "numbers.json":
                for key, number in json.loads(path.read_text()).items():
                    found[f"{name}#{key}"] = {k: v for k, v in number.items() if k != "computation"}
            elif path.suffix == ".ipynb":
                cells = json.loads(path.read_text())["cells"]
                outputs = [output for cell in cells for output in cell.get("outputs", [])]
                for output in outputs:
                    output.pop("execution_count", None)
                    output.get("data", {}).pop("image/png", None)
                found[name] = json.dumps(outputs, sort_keys=True).replace(mark, "IDENTITY")
            else:
                text = path.read_text(encoding="utf-8").replace(mark, "IDENTITY")
                if path.suffix == ".html":
                    text = re.sub(r"<pre.*?</pre>", "", text, flags=re.DOTALL)
                found[name] = text
        for notebook, about in manifest["notebooks"].items():
            found[f"{result.name}/reads/{notebook}"] = sorted(
                r for r in about["reads"] if not r.startswith("number:")
            )
    for file in ("commands.json", "reruns.json"):
        for key, value in json.loads((folder / file).read_text()).items():
            found[f"{file}#{key}"] = value
    return {
        **found,
        "register.csv": (folder / "register.csv").read_text() if (folder / "register.csv").exists() else "",
    }


def compare(old: Path, new: Path, named: list[str]) -> int:
    """Print what differs; the exit code."""
    before, after = seen(old), seen(new)
    same_drawing = {n for n in before if n.endswith(".svg") and before[n] == after.get(n)}
    wrong = 0
    for name in sorted(before.keys() | after.keys()):
        if before.get(name) == after.get(name):
            continue
        if name.endswith(".png") and name[:-3] + "svg" in same_drawing:
            continue  # the footer's digest is in its pixels
        how = "gone" if name not in after else "new" if name not in before else "differs"
        known = any(fnmatch.fnmatch(name, pattern) for pattern in named)
        wrong += not known
        print(f"{'named  ' if known else 'UNNAMED'} {how:8} {name}")
    print(f"{len(before)} compared, {wrong} differences without a name")
    return int(wrong > 0)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["keep", folder]:
            keep(Path(folder).resolve())
        case ["compare", old, new, *rest]:
            lines = Path(rest[0]).read_text().split("\n") if rest else []
            sys.exit(compare(Path(old), Path(new), [line for line in lines if line and line[0] != "#"]))
        case _:
            sys.exit(__doc__)
