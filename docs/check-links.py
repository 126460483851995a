#!/usr/bin/env python3
"""Checks that every relative link and anchor in the repository's Markdown leads somewhere, and that every
chapter is listed.

Takes no arguments. Links to other hosts are not followed. Exits with 1 and a line per fault.
"""
import pathlib
import re
import subprocess

root = pathlib.Path(__file__).resolve().parent.parent
book = root / "docs"
listed = ["git", "-C", root, "ls-files", "--cached", "--others", "--exclude-standard", "*.md"]
files = sorted(root / name for name in subprocess.check_output(listed, text=True).split())


def prose(file):
    return re.sub(r"^```.*?^```$|`[^`\n]*`", "", file.read_text("utf-8"), flags=re.M | re.S)


def anchors(file):
    heads = re.findall(r"^#+ (.+)$", re.sub(r"^```.*?^```$", "", file.read_text("utf-8"), flags=re.M | re.S), re.M)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


broken = []
for file in files:
    for link in re.findall(r"\]\(([^)\s]+)\)", prose(file)):
        path, _, anchor = link.partition("#")
        target = (file.parent / path).resolve() if path else file
        if re.match(r"[a-z]+:", link):
            continue
        if not target.exists() or (anchor and target.suffix == ".md" and anchor not in anchors(target)):
            broken.append(f"{file.relative_to(root)}: {link} leads nowhere")
        elif file.is_relative_to(book) and not target.is_relative_to(book):
            broken.append(f"{file.relative_to(root)}: {link} leads out of the book")
summary = {(book / link).resolve() for link in re.findall(r"\]\(([^)\s]+)\)", prose(book / "SUMMARY.md"))}
chapters = {file for file in files if book in file.parents and file.name != "SUMMARY.md"}
broken += [f"docs/SUMMARY.md: {file.relative_to(book)} is not listed" for file in sorted(chapters - summary)]
print("\n".join(broken) or f"{len(files)} pages, every link leads somewhere")
raise SystemExit(bool(broken))
