#!/usr/bin/env python3
"""Reads a profile of callgrind: instructions per request by crate, by function, and by all below a function.

Arguments: the file, the number of requests, and how many lines of each list. `tests/profile` calls it.
"""
import collections
import pathlib
import re
import sys

file, requests, most = pathlib.Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])

# Names stand in full once, behind a number: `fn=(7) main`, and later `fn=(7)`.
names = collections.defaultdict(dict)
own, below, crates, from_libc = (collections.Counter() for _ in range(4))
source = function = called = None
calls = False


def name(kind, text):
    number, _, full = text.partition(" ")
    if full:
        names[kind][number] = full
    return names[kind].get(number, text)


def crate(path):
    for pattern in (r"/registry/src/[^/]+/(.+?)-\d+\.[^/]*/", r"/rustc/[^/]+/library/([^/]+)/",
                    r"(agentgateway[^/]*|examples/gateway|tests)/(?:src|benches)/"):
        if found := re.search(pattern, path):
            return found[1]
    return "libc and others"


for line in file.read_text("utf-8", "replace").splitlines():
    key, equals, value = line.partition("=")
    if equals and key in ("fl", "fi", "fe"):
        source = name("file", value)
    elif equals and key == "fn":
        function = name("function", value)
    elif equals and key == "cfn":
        called = name("function", value)
    elif equals and key in ("cfi", "cfl"):
        name("file", value)
    elif equals and key == "calls":
        calls = True
    elif line[:1] in "+-*0123456789" and line:
        cost = int(line.split()[1])
        if not calls:
            own[function] += cost
            crates[crate(source or "")] += cost
            below[function] += cost
        elif called != function:
            below[function] += cost
        calls = False

total = sum(own.values())
print(f"{total / requests:,.0f} instructions per request, {requests} requests\n")
inward = collections.Counter({what: count for what, count in below.items() if "agentgateway" in what})
lists = ((crates, "of the source of this crate, wherever it was inlined"), (own, "in the function itself"),
         (inward, "in a function of ours and all below it; who calls itself by others counts twice"))
for counts, title in lists:
    print(f"| per request | part | {title} |\n|---|---|---|")
    for what, count in counts.most_common(most):
        what = re.sub(r"\s+", " ", what.replace("|", "/"))
        what = what if len(what) <= 150 else what[:149] + "…"
        print(f"| {count / requests:,.0f} | {count / total:.1%} | `{what}` |")
    print()
