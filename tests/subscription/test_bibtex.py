"""Libraries of papers as reference managers export them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.subscription.bibtex import Entry, parse_bibtex, read_bibtex

ZOTERO = r"""
@misc{li_fourier_2021,
	title = {Fourier {Neural} {Operator} for {Parametric} {Partial} {Differential} {Equations}},
	url = {http://arxiv.org/abs/2010.08895},
	doi = {10.48550/arXiv.2010.08895},
	abstract = {The classical development of neural networks has {\textbackslash}% nested {braces {deep}} in it.},
	publisher = {arXiv},
	author = {Li, Zongyi and Kovachki, Nikola and Azizzadenesheli, Kamyar},
	month = may,
	year = {2021},
	note = {arXiv:2010.08895 [cs]},
	keywords = {Computer Science - Machine Learning},
	file = {arXiv Fulltext PDF:C\:\\Users\\me\\Zotero\\storage\\X.pdf:application/pdf},
}

@article{muller_uber_2019,
	title = {{\"U}ber na{\"\i}ve {Schr\"odinger} operators},
	volume = {12},
	issn = {1234-5678},
	doi = {10.1103/PhysRevE.1\_2},
	journal = {Physical Review E},
}
"""


def names(library: str) -> tuple[str, ...]:
    return parse_bibtex(library).names


def one(library: str) -> Entry:
    (entry,) = parse_bibtex(library).entries
    return entry


def test_an_export_of_zotero_gives_names_and_readable_titles() -> None:
    found = parse_bibtex(ZOTERO)

    assert found.names == ("arxiv:2010.08895", "doi:10.1103/physreve.1_2")
    assert [entry.title for entry in found.entries] == [
        "Fourier Neural Operator for Parametric Partial Differential Equations",
        "Über naïve Schrödinger operators",
    ]
    assert [entry.line for entry in found.entries] == [2, 16]
    assert not found.faults


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("eprint = {2010.08895}, archivePrefix = {arXiv}", "arxiv:2010.08895"),
        ("eprint = {2010.08895v3}, eprinttype = {arxiv}", "arxiv:2010.08895"),
        ("eprint = {hep-th/9711200}", "arxiv:hep-th/9711200"),
        ("eprint = {12345}, archivePrefix = {PMID}, doi = {10.1000/x}", "doi:10.1000/x"),
        ("journal = {arXiv preprint arXiv:2010.08895}", "arxiv:2010.08895"),
        ("journal = {CoRR}, volume = {abs/2010.08895}, url = {https://arxiv.org/abs/2010.08895}", "arxiv:2010.08895"),
        ("journal = {CoRR}, volume = {abs/2010.08895}, doi = {10.1000/x}", "arxiv:2010.08895"),
        ("journal = {Nature}, volume = {12}, doi = {10.1000/x}", "doi:10.1000/x"),
        ("note = {arXiv:2010.08895v2 [cs.LG]}", "arxiv:2010.08895"),
        ("url = {https://arxiv.org/pdf/2010.08895v2.pdf}", "arxiv:2010.08895"),
        ("howpublished = {\\url{https://arxiv.org/abs/2010.08895}}", "arxiv:2010.08895"),
        ("doi = {https://doi.org/10.1000/ABC.1}", "doi:10.1000/abc.1"),
        ("doi = {10.48550/arXiv.2010.08895}", "arxiv:2010.08895"),
        ("url = {https://doi.org/10.1000/abc}", "doi:10.1000/abc"),
        ("publisher = {Springer}, isbn = {978-3-16-148410-0}", ""),
    ],
)
def test_a_paper_is_found_where_programs_put_its_name(fields: str, expected: str) -> None:
    assert one(f"@misc{{key, title = {{T}}, {fields}}}").name == expected


def test_an_entry_without_a_name_is_kept_apart() -> None:
    found = parse_bibtex("@book{knuth, title = {The Art of Computer Programming}}")
    assert found.names == ()
    assert [entry.title for entry in found.nameless] == ["The Art of Computer Programming"]


def test_values_are_braced_quoted_numbers_or_names_joined() -> None:
    library = """
    @string{pre = "Neural {Oper}"}
    @string(post = {ators})
    @comment{ ignored {nested} }
    @preamble{"\\newcommand{\\x}{y}"}
    This is a remark, as is all between entries.
    @ARTICLE ( key:1 , TITLE = pre # post # " for " # 2 , month = jan, year = 2024, eprint = "2010.08895" )
    """
    entry = one(library)
    assert (entry.kind, entry.key, entry.title, entry.name) == ("article", "key:1", "Neural Operators for 2", "arxiv:2010.08895")


def test_of_a_field_given_twice_the_first_counts_and_a_paper_is_named_once() -> None:
    twice = "@misc{a, doi = {10.1/x}, doi = {10.2/y}, eprint = {2010.08895}}"
    assert names(twice * 2) == ("arxiv:2010.08895",)


BROKEN = """@misc{good1, eprint = {2010.08895}}

@misc{open, title = {This brace is {never closed},
  eprint = {2010.08896}

@misc{sign, title {No sign of equality}, eprint = {2010.08897}}
@misc{value, title = , eprint = {2010.08898}}
@misc{good2, eprint = {2010.08899}}
@misc{last, title = "never closed
"""


def test_a_bad_entry_is_named_with_its_line_and_the_others_are_read(tmp_path: Path) -> None:
    path = tmp_path / "library.bib"
    path.write_text(BROKEN, encoding="utf-8")

    found = read_bibtex(path)

    assert found.names == ("arxiv:2010.08895", "arxiv:2010.08899")
    lines = [int(fault.where.rpartition(":")[2]) for fault in found.faults]
    assert lines == [3, 6, 7, 9]
    assert "never closed" in found.faults[0].message
    assert "write '=' after 'title'" in found.faults[1].message
    assert all(str(fault).startswith(str(path)) for fault in found.faults)


def test_a_file_in_latin_1_or_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    path = tmp_path / "old.bib"
    path.write_bytes("@misc{a, title = {Über}, eprint = {2010.08895}}".encode("latin-1"))
    assert read_bibtex(path).entries[0].title == "Über"
    path.write_bytes(b"\xef\xbb\xbf" + "@misc{a, title = {Über}}".encode())
    assert read_bibtex(path).entries[0].title == "Über"


def test_what_is_no_library_says_so(tmp_path: Path) -> None:
    assert "no entries" in parse_bibtex("id,title\n1,Some paper\n").faults[0].message
    assert parse_bibtex("").faults == ()
    assert "cannot be read" in read_bibtex(tmp_path / "none.bib").faults[0].message


@settings(max_examples=2 * settings.default.max_examples)
@given(st.text(alphabet='@{}()"=,#\\ %\nab1', max_size=60))
def test_nothing_stops_the_reader(rubbish: str) -> None:
    good = "@misc{good, eprint = {2010.08895}}\n"
    assert "arxiv:2010.08895" in parse_bibtex(good + rubbish).names
