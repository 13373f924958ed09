"""A worker process: takes jobs on its standard input, one JSON object per line, and answers likewise.

Jobs are ``notebook`` (execute one), ``report`` (build the report from what the notebooks published) and
``engine`` (have the caseload engine compiled).
papermill is imported once per worker; each notebook gets a kernel of its own.
"""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from kik_analysis.errors import KikError
from kik_analysis.runs import lifeline, trace

_NEEDLESS = "rfc3987_syntax"
"""Grammar of international addresses: jsonschema loads it when it is there, which takes three seconds, to
check a format that no notebook file has."""


class _Line:
    """The worker's end of the line to the runner."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream

    def tell(self, message: Mapping[str, Any]) -> None:
        self._stream.write(json.dumps(message, ensure_ascii=False) + "\n")
        self._stream.flush()


def _jobs() -> queue.Queue[dict[str, Any] | None]:
    """Read jobs in a thread; when the runner is gone, so is the worker, and whatever it has started."""
    waiting: queue.Queue[dict[str, Any] | None] = queue.Queue()

    def read() -> None:
        for line in sys.stdin:
            job = json.loads(line)
            if job["job"] == "end":
                waiting.put(None)
                return
            waiting.put(job)
        lifeline.end_group()

    threading.Thread(target=read, daemon=True).start()
    return waiting


def _notebook(job: Mapping[str, Any], environment: Mapping[str, str], line: _Line) -> dict[str, Any]:
    import nbformat

    from kik_analysis.runs import engine, notebooks

    path, out = Path(job["path"]), Path(job["out"])
    for attempt in (1, 2):
        try:
            executed, record = engine.execute(
                path,
                job["parameters"],
                {**environment, **job["environment"]},
                line.tell,
                start_timeout=job.get("start_timeout", engine.START_SECONDS),
            )
            break
        except engine.CellError as error:
            return {"event": "failed", "index": error.index, "what": str(error), "trace": error.trace}
        except engine.KernelError as error:
            if error.started:
                return {"event": "died", "what": str(error)}
            if attempt == 2:
                return {"event": "not started", "what": str(error)}
            line.tell({"event": "again"})
    if "modules" not in record:
        return {"event": "fault", "what": "the kernel did not tell what it used", "trace": ""}
    notebooks.normalise(executed, job["parameters"], job["hide"])
    out.mkdir(parents=True, exist_ok=True)
    nbformat.validate(executed)
    text = nbformat.writes(executed)  # type: ignore[no-untyped-call]
    (out / path.name).write_text(text + "\n", encoding="utf-8", newline="\n")
    return {"event": "done", "record": record}


def _report(job: Mapping[str, Any]) -> dict[str, Any]:
    from kik_analysis.runs import building

    building.build(Path(job["staging"]), job["meta"])
    return {"event": "done", "record": trace.answer()}


def _engine() -> dict[str, Any]:
    from kik_analysis.capacity.kernel import machine

    machine.ready()
    return {"event": "done"}


def _answer(job: Mapping[str, Any], environment: Mapping[str, str], line: _Line) -> dict[str, Any]:
    try:
        if job["job"] == "engine":
            return _engine()
        return _report(job) if job["job"] == "report" else _notebook(job, environment, line)
    except KikError as error:
        return {"event": "error", "lines": error.lines, "exit_code": error.exit_code}
    except OSError as error:
        return {"event": "system", "what": error.strerror or str(error), "errno": error.errno}
    except Exception as error:
        what = f"{type(error).__name__}: {error}"
        return {"event": "fault", "what": what, "trace": traceback.format_exc()}


def main() -> None:
    """Work until there are no more jobs."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    trace.watch()
    sys.modules[_NEEDLESS] = None  # type: ignore[assignment]
    # libraries that print must not print into the answers
    line = _Line(os.fdopen(os.dup(1), "w", encoding="utf-8"))
    os.dup2(2, 1)
    waiting = _jobs()
    folder, command = Path(sys.argv[1]), json.loads(os.environ.get("KIK_KERNEL", "null"))
    variables: dict[str, str] | None = None
    while (job := waiting.get()) is not None:
        if variables is None and job["job"] == "notebook":
            from kik_analysis.runs import engine

            variables = engine.prepare(folder, command)
            os.environ.update(variables)
        line.tell({"event": "begun"})
        line.tell(_answer(job, {**os.environ, **(variables or {})}, line))


if __name__ == "__main__":
    main()
