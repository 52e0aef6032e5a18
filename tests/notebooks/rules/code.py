"""What code cells may not do."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator

from tests.notebooks.rules.subject import Lesson, dotted
from tests.notebooks.structure import source, tags

BANNED = {
    "interact": "use netlab.Playground",
    "interactive": "use netlab.Playground",
    "interactive_output": "use netlab.Playground",
    "interact_manual": "use netlab.Playground",
    "Output": "its output lands elsewhere; use netlab.Playground",
    "clear_output": "print less, or use netlab.Playground",
    "asyncio.run": "a notebook has a loop already: use a top-level await",
    "input": "nobody answers when all cells run: use netlab.predict or a variable",
    "SVG": "SVG differs from run to run: use a netlab picture",
    "set_matplotlib_formats": "pictures are PNG",
}
SLEEP_TAG = "sleep-is-the-subject"
PORT_TAG = "fixed-port-shown"
TAKES_ADDRESS = {"bind", "connect", "connect_ex", "create_connection", "create_server", "sendto"}
STARTS_THREADS = {"Thread", "Timer", "serve", "submit", "start_new_thread", "run_in_executor", "to_thread"}
HOME = re.compile(r"(^|[\s'\"(=])(/(home|Users|tmp|work|root|mnt|usr|var|opt|private)/|[A-Za-z]:[\\/])")


def is_plain_python(lesson: Lesson) -> Iterator[str]:
    for cell, tree in lesson.trees:
        if tree is None:
            yield f"{lesson.where(cell)}: not plain Python (a magic, a shell command or a syntax error)"
        elif not tree.body:
            yield f"{lesson.where(cell)}: an empty code cell"


def no_banned_call(lesson: Lesson) -> Iterator[str]:
    for cell, _, name in lesson.calls():
        for banned, remedy in BANNED.items():
            # `sock.input()` is no `input()`, but `widgets.interact()` is `interact()`.
            if name == banned or ("." not in banned and banned != "input" and name.endswith("." + banned)):
                yield f"{lesson.where(cell)}: {banned}(): {remedy}"


def no_trailing_semicolon(lesson: Lesson) -> Iterator[str]:
    for cell, tree in lesson.trees:
        if tree is None:
            continue
        tokens = [
            token
            for token in tokenize.generate_tokens(io.StringIO(source(cell)).readline)
            if token.type not in (tokenize.COMMENT, tokenize.NL)
        ]
        for token, after in zip(tokens, tokens[1:], strict=False):
            if token.string == ";" and after.type in (tokenize.NEWLINE, tokenize.ENDMARKER):
                yield f"{lesson.where(cell)}: line {token.start[0]} ends with a semicolon"


def no_sleep_to_synchronize(lesson: Lesson) -> Iterator[str]:
    for cell, _, name in lesson.calls(without_tag=SLEEP_TAG):
        if name.rpartition(".")[2] == "sleep":
            yield f"{lesson.where(cell)}: sleep(): wait for a condition instead, or tag the cell {SLEEP_TAG}"


def no_fixed_port(lesson: Lesson) -> Iterator[str]:
    for cell, tree in lesson.trees:
        if tree is None or PORT_TAG in tags(cell):
            continue
        for node in ast.walk(tree):
            ports: list[ast.expr] = []
            if isinstance(node, ast.Call):
                ports = [keyword.value for keyword in node.keywords if (keyword.arg or "").endswith("port")]
                if dotted(node.func).rpartition(".")[2] in TAKES_ADDRESS:
                    addresses = [argument for argument in node.args if isinstance(argument, ast.Tuple)]
                    ports += [address.elts[1] for address in addresses if len(address.elts) >= 2]
            elif isinstance(node, ast.Assign) and any(
                re.search("port$", dotted(t), re.I) for t in node.targets
            ):
                ports = [node.value]
            elif (
                isinstance(node, ast.Assign)
                and isinstance(node.value, ast.Tuple)
                and len(node.value.elts) == 2
            ):
                host, port = node.value.elts
                ports = [port] if isinstance(host, ast.Constant) and isinstance(host.value, str) else []
            for port in ports:
                if isinstance(port, ast.Constant) and isinstance(port.value, int) and port.value != 0:
                    yield (
                        f"{lesson.where(cell)}: port {port.value} may be taken elsewhere: use port 0, "
                        f"or tag the cell {PORT_TAG}"
                    )


def no_print_from_a_thread(lesson: Lesson) -> Iterator[str]:
    """Best effort: functions that are handed by name to what starts threads, in whichever cell they stand."""
    printing = {}
    for cell, tree in lesson.trees:
        for node in ast.walk(tree) if tree else ():
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and _prints(node):
                printing[node.name] = cell
    told = set()
    for cell, call, name in lesson.calls():
        if name.rpartition(".")[2] not in STARTS_THREADS:
            continue
        for argument in [*call.args, *(keyword.value for keyword in call.keywords)]:
            if isinstance(argument, ast.Lambda) and _prints(argument):
                yield f"{lesson.where(cell)}: a lambda that prints in a thread: its text lands in any cell"
            handed = dotted(argument)
            if handed in printing and handed not in told:
                told.add(handed)
                yield (
                    f"{lesson.where(printing[handed])}: {handed}() prints and runs in a thread: "
                    "its text lands in any cell; return it, or keep it in a list"
                )


def an_executor_waits_last(lesson: Lesson) -> Iterator[str]:
    """Its end waits for its threads. If they wait for a socket, that has to be closed before: else a cell
    that is interrupted goes on for ever."""
    for cell, tree in lesson.trees:
        for function in ast.walk(tree) if tree else ():
            if isinstance(function, (ast.Module, ast.FunctionDef, ast.AsyncFunctionDef)):
                for name in _late_executors(function.body, opened=False):
                    yield f"{lesson.where(cell)}: {name} is not the first thing that its with opens"


def _late_executors(body: list[ast.stmt], *, opened: bool) -> Iterator[str]:
    for node in body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            continue
        inside = opened
        if isinstance(node, (ast.With, ast.AsyncWith)):
            for item in node.items:
                name = dotted(item.context_expr.func) if isinstance(item.context_expr, ast.Call) else None
                if name and name.endswith("Executor"):
                    if inside:
                        yield name
                else:
                    inside = True
        for part in ("body", "orelse", "finalbody", "handlers"):
            yield from _late_executors(getattr(node, part, []), opened=inside)


def no_absolute_path(lesson: Lesson) -> Iterator[str]:
    for cell, tree in lesson.trees:
        for node in ast.walk(tree) if tree else ():
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and HOME.search(node.value):
                yield f"{lesson.where(cell)}: an absolute path, {node.value[:60]!r}"
    for cell in lesson.markdown():
        found = HOME.search(source(cell))
        if found:
            place = source(cell)[found.start() : found.start() + 60].strip()
            yield f"{lesson.where(cell)}: an absolute path, {place!r}"


def _prints(function: ast.AST) -> bool:
    return any(isinstance(node, ast.Call) and dotted(node.func) == "print" for node in ast.walk(function))


RULES = (
    is_plain_python,
    no_banned_call,
    no_trailing_semicolon,
    an_executor_waits_last,
    no_sleep_to_synchronize,
    no_fixed_port,
    no_print_from_a_thread,
    no_absolute_path,
)
