from __future__ import annotations

from digest.subscription.seeds import papers

RIS = "TY  - JOUR\nDO  - 10.1000/182\nUR  - https://arxiv.org/abs/2010.08895v2\nER  - \n\nTY  - JOUR\nDO  - 10.1000/ABC\nER  - \n"
CSV = '"Key","Title","DOI","Url"\n"A","One","10.1000/182",""\n"B","Two","","https://arxiv.org/pdf/hep-th/9901001"\n"C","None","",""\n'


def test_a_record_of_ris_is_one_paper_by_its_best_name() -> None:
    assert papers(RIS) == ("arxiv:2010.08895", "doi:10.1000/abc")


def test_a_line_of_a_table_is_one_paper() -> None:
    assert papers(CSV + CSV) == ("doi:10.1000/182", "arxiv:hep-th/9901001")


def test_a_text_without_papers_has_none() -> None:
    assert papers("Hello, 2010 was a good year.\n") == ()
