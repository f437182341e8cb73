"""The pages of words: Why L2Norm, the questions, the glossary and the references."""

from __future__ import annotations

import itertools
import re
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import headings
import macros
import nbformat
import pytest

from l2norm_ref import audit, exhibits

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
PAGES = ("why.md", "faq.md", "glossary.md", "references.md")
SNIPPETS = sorted(path.name for prefix in ("why", "faq") for path in (DOCS / "snippets").glob(f"{prefix}_*.py"))

LINK = re.compile(r"\[(?P<text>[^\]]+)\]\((?P<target>[^)\s]+)\)")
HEADING = re.compile(r"^#{1,6} +(.+?)\s*$", re.M)
IDENTIFIER = re.compile(r"\{ ?#([^\s}]+) ?\}")
FENCE = re.compile(r"^```.*?^```$", re.M | re.S)
CHINESE = re.compile(r'<span lang="zh">([^<]*)</span>')
HAN = re.compile("[\u4e00-\u9fff]")
ARXIV = re.compile(r"\d{2}(0[1-9]|1[0-2])\.\d{5}")
THREAD = re.compile(r"https://github\.com/[\w.-]+/[\w.-]+/(issues|pull)/(?P<number>\d+)")

each_page = pytest.mark.parametrize("name", PAGES)


def source(name: str) -> str:
    return (DOCS / name).read_text("utf-8")


@cache
def expanded(name: str) -> str:
    """The page with its programs run and its tables filled; raises where one fails or warns."""
    return macros.expand(source(name), docs=DOCS, where=name)


@cache
def output_of(snippet: str) -> str:
    page = macros.expand(f'{{{{ run("snippets/{snippet}") }}}}', docs=DOCS, where=snippet)
    return page.partition("```text\n")[2].partition("\n```")[0]


def sections(name: str) -> dict[str, str]:
    """What stands under each heading of the second level."""
    _, *parts = re.split(r"^## ", source(name), flags=re.M)
    return {title: body for title, _, body in (part.partition("\n") for part in parts)}


def links(name: str) -> list[tuple[str, str]]:
    return [(match["text"], match["target"]) for match in LINK.finditer(FENCE.sub("", source(name)))]


@cache
def anchors(path: Path) -> frozenset[str]:
    if path.suffix == ".ipynb":
        cells = [cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "markdown"]
        text, others = "\n\n".join(cells), []
    else:
        text = path.read_text("utf-8")
        others = IDENTIFIER.findall(text)
        if path.name == "implementations.md":
            others += [f"row-{row.id}" for row in audit.rows()]
        if path.name == "kill-matrix.md":
            others += [exhibit.name for exhibit in exhibits.ALL]
    return frozenset([headings.slug(title.replace("`", "")) for title in HEADING.findall(FENCE.sub("", text))] + others)


@each_page
def test_first_what_one_will_know_and_last_where_to_go(name: str) -> None:
    title, first = source(name).split("\n\n")[:2]
    assert title.startswith("# ")
    assert first.startswith("After this page you ")
    assert list(sections(name))[-1] == "Where to go next"


@each_page
def test_programs_and_tables_are_filled(name: str) -> None:
    assert "{{" not in expanded(name)


def test_every_program_is_on_a_page() -> None:
    text = "".join(map(source, PAGES))
    assert [snippet for snippet in SNIPPETS if f'run("snippets/{snippet}")' not in text] == []


@each_page
def test_links_within_the_site_lead_somewhere(name: str) -> None:
    broken = []
    for _, target in links(name):
        parts = urlsplit(target)
        if parts.scheme:
            continue
        path = DOCS / (parts.path or name)
        if parts.path.startswith("notebooks/"):
            path = ROOT / parts.path
        if not path.is_file() or (parts.fragment and parts.fragment not in anchors(path)):
            broken.append(target)
    assert broken == []


@each_page
def test_links_to_threads_have_the_number_that_they_show(name: str) -> None:
    for text, target in links(name):
        if re.search(r"github\.com/.*/(issues|pull)", target):
            match = THREAD.fullmatch(target)
            assert match, target
            shown = re.search(r"(?<![\w.])\d+$", text)
            assert not shown or shown[0] == match["number"], f"{text}: {target}"


@each_page
def test_nothing_needs_a_script_or_another_host(name: str) -> None:
    text = expanded(name)
    assert re.findall(r"<(?:script|img|iframe|link|object|embed|video)\b|!\[|\bon\w+=", text) == []


@each_page
def test_chinese_is_marked_as_chinese(name: str) -> None:
    assert HAN.findall(CHINESE.sub("", source(name))) == []


def test_papers_have_identifiers_of_the_right_form() -> None:
    cited = [(text, target) for name in PAGES for text, target in links(name) if "arxiv" in (text + target).lower()]
    assert cited
    for text, target in cited:
        number = target.removeprefix("https://arxiv.org/abs/")
        assert ARXIV.fullmatch(number), target
        assert text == f"arXiv:{number}"


def test_every_reference_says_what_it_is_for() -> None:
    for title, body in sections("references.md").items():
        if title == "Where to go next":
            continue
        entries = re.split(r"^- ", body, flags=re.M)[1:]
        assert entries, title
        for entry in entries:
            plain = " ".join(LINK.sub("", entry).split())
            citation, _, rest = plain.rpartition("*")  # authors and title; the year and the like are the first sentence
            sentences = [part for part in re.split(r"\.(?:\s|$)", rest) if re.search("[A-Za-z]{4}|[0-9]{4}", part)]
            assert len(sentences) >= (2 if citation else 1), entry


# The questions


def questions() -> dict[str, str]:
    return {title: body for title, body in sections("faq.md").items() if title != "Where to go next"}


def test_there_are_enough_questions_and_they_are_questions() -> None:
    assert 10 <= len(questions()) <= 14
    assert [title for title in questions() if not title.endswith("?")] == []


@pytest.mark.parametrize("question", questions())
def test_every_answer_leads_to_a_page_that_shows_it(question: str) -> None:
    body = questions()[question]
    targets = [match["target"] for match in LINK.finditer(body)]
    assert any(not urlsplit(target).scheme and urlsplit(target).path for target in targets)
    threads = [target for target in targets if THREAD.fullmatch(target)]
    assert threads or "no thread" in " ".join(body.split())


def test_the_question_names_the_number_that_is_computed() -> None:
    question = next(title for title, body in questions().items() if "faq_decay" in body)
    assert re.findall(r"\d+\.\d+", question) == [output_of("faq_decay.py")]


def test_the_gradients_at_zero_are_those_of_the_denominators() -> None:
    lines = [line.split() for line in output_of("faq_zero.py").splitlines()[1:]]
    slopes = {name: float(slope) for name, slope, *_ in lines}
    assert slopes["SSD_CAFFE"] == slopes["MXNET_CHANNEL"] == pytest.approx(1e-10**-0.5)
    assert slopes["TENSORFLOW"] == pytest.approx(1e-12**-0.5)
    assert slopes["TORCH_NORMALIZE"] == pytest.approx(1 / 1e-12)
    assert {"NaN", "the"} == {words[0] for _, _, *words in lines}


# Why L2Norm


def test_the_layer_makes_both_maps_count_alike() -> None:
    ratios = {line[:24].strip(): [float(word) for word in line[24:].split()] for line in why_lines()[1:]}
    before, after = ratios["as they are"], ratios["after L2Norm"]
    assert all(ratio > 100 for ratio in before)
    assert before[2] == pytest.approx(before[0] * before[1], rel=0.1)  # "the two ratios multiply"
    assert after == pytest.approx([1, 1, 1], rel=0.1)


def why_lines() -> list[str]:
    return output_of("why_sizes.py").splitlines()


# The glossary


def rows() -> list[list[str]]:
    lines = [line for line in source("glossary.md").splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def terms() -> list[str]:
    return [re.sub(r"\{.*\}|\*", "", row[0]).strip() for row in rows()]


def test_glossary_is_alphabetical_and_has_no_term_twice() -> None:
    order = [term.casefold() for term in terms()]
    assert all(first < second for first, second in itertools.pairwise(order))


def test_glossary_rows_are_complete() -> None:
    for row in rows():
        term, chinese, meaning, _, where = row  # the symbol may be missing
        assert re.fullmatch(r"\*\*[A-Za-z0-9 -]+\*\*\{ #[a-z0-9-]+ \}", term), term
        names = CHINESE.findall(chinese)
        assert names, term
        assert all(HAN.search(name) for name in names), term
        assert CHINESE.sub("", chinese).strip(", ") == "", term
        assert re.fullmatch(r"[A-Z][^.]*\.([^.]*\.)?", meaning), term
        assert LINK.fullmatch(where), term


def test_glossary_anchors_are_unique() -> None:
    found = IDENTIFIER.findall(source("glossary.md"))
    assert len(set(found)) == len(found) == len(rows())


def test_glossary_has_what_readers_look_for() -> None:
    text = " ".join(CHINESE.findall(source("glossary.md"))).split()
    assert {
        "投影",
        "反向传播",
        "前向传播",
        "梯度",
        "范数",
        "雅可比矩阵",
        "向量-雅可比积",
        "权重衰减",
        "上溢",
        "下溢",
    } <= set(text)
    assert {"projection", "backward pass", "vector-Jacobian product", "weight decay", "norm"} <= set(terms())
