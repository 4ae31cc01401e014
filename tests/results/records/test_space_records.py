from collections.abc import Callable
from pathlib import Path

import pytest
from matplotlib.figure import Figure

from harness.results.formats.markdown import to_markdown
from harness.results.notices import Notice
from harness.results.plots import collapse_diagram
from harness.results.plots.collapse_diagram import collapse_panels, draw_collapse
from harness.results.plots.page import SCREEN, named_page
from harness.results.records.record import Record
from harness.results.records.sealed import write_sealed
from harness.results.records.space_record import SpaceRecord, read_spaces, space_folder
from harness.results.records.training import TrainingRecord
from harness.results.statistics.embedding_space import EmbeddingSpace, SimilarityBand
from harness.results.tables.space_tables import space_tables


def make_space(encoder: str = "mean", **fields: object) -> SpaceRecord:
    bands = (SimilarityBand(0, 1, 9, 0.5, 0.25, 0.75), SimilarityBand(4, 5, 7, 0.9, 0.8, 1.0))
    space = EmbeddingSpace(
        sentences=30,
        zero_vectors=0,
        dim=4,
        anisotropy=0.6,
        alike_pairs=7,
        alignment=0.2,
        uniformity=-1.5,
        effective_dim=2.25,
        spectrum=(0.4, 0.3, 0.2, 0.1),
        bands=bands,
    )
    given = {"model": "tiny", "seed": None, "task": "stsb-test", "title": "STS-B", "data": "/d"}
    return SpaceRecord.model_validate({"encoder": encoder, "space": space, **given, **fields})


def write(folder: Path, *records: SpaceRecord) -> None:
    space_folder(folder).mkdir(parents=True, exist_ok=True)
    for record in records:
        path = space_folder(folder) / record.file_name
        write_sealed(path, record.model_dump_json())


def test_an_analysis_is_read_as_it_was_written(tmp_path: Path) -> None:
    first, second = make_space(created="2030"), make_space("cls", seed=3, created="2031")
    write(tmp_path, second, first)

    assert read_spaces(tmp_path) == [first, second]


def test_a_folder_without_analyses_has_none(tmp_path: Path) -> None:
    assert read_spaces(tmp_path) == []


def test_a_file_that_is_no_analysis_is_named(tmp_path: Path) -> None:
    space_folder(tmp_path).mkdir()
    (space_folder(tmp_path) / "bad.json").write_text("{}")

    with pytest.warns(Notice, match=r"left out: .*bad\.json is no analysis"):
        found = read_spaces(tmp_path)

    assert found == []


def test_an_altered_analysis_is_named_and_left_out(tmp_path: Path) -> None:
    write(tmp_path, make_space())
    (path,) = space_folder(tmp_path).iterdir()
    path.write_text(path.read_text().replace("0.6", "0.7"))

    with pytest.warns(Notice, match="was altered"):
        found = read_spaces(tmp_path)

    assert found == []


def test_an_analysis_without_digest_is_shown_with_a_note(tmp_path: Path) -> None:
    write(tmp_path, make_space())
    (path,) = space_folder(tmp_path).iterdir()
    path.write_text(make_space().model_dump_json())

    figures, _ = space_tables(read_spaces(tmp_path))

    assert any("read from a record without a digest" in note for note in figures.notes)


def test_a_drawn_training_text_is_part_of_the_name() -> None:
    whole, drawn = (
        TrainingRecord(corpus=name, corpus_sha256="a" * 64, sentences=9)
        for name in ("sts", "sts[5]")
    )

    assert make_space("sg", training=whole, seed=0).name == "sg (tiny, seed 0)"
    assert make_space("sg", training=drawn, seed=0).name == "sg (tiny, sts[5], seed 0)"


def test_only_the_same_analysis_has_the_same_file() -> None:
    others = [make_space("cls"), make_space(seed=1), make_space(fingerprint="f")]

    assert make_space().file_name == make_space(created="later").file_name
    assert make_space().file_name not in {other.file_name for other in others}


def test_encoders_trained_on_several_texts_are_kept_and_drawn_apart(
    make_record: Callable[..., Record],
) -> None:
    texts = [TrainingRecord(corpus="x", corpus_sha256=sign, sentences=9) for sign in "ab"]
    spaces = [make_space("common", seed=0, training=text) for text in texts]
    records = [
        make_record("common", seed=0, training=text, noise=noise)
        for noise, text in enumerate(texts)
    ]
    first, second = collapse_panels(spaces, records)

    assert spaces[0].file_name != spaces[1].file_name
    assert first.cosines != second.cosines


def test_tables_show_the_figures_and_the_bands() -> None:
    figures, bands = space_tables([make_space(), make_space("cls", model=None, seed=2)])

    head = "dim | anisotropy | alignment | uniformity | effective dim | dims of half the variance"
    assert to_markdown(figures).splitlines()[:6] == [
        "**Embedding space: STS-B, 30 sentences**",
        "",
        f"| encoder | {head} |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
        "| mean (tiny) | 4 | 0.600 | 0.200 | -1.500 | 2.2 | 2 |",
        "| cls (seed 2) | 4 | 0.600 | 0.200 | -1.500 | 2.2 | 2 |",
    ]
    assert bands.columns == ("encoder", "0 to 1", "4 to 5")
    assert bands.rows[0] == ("mean (tiny)", "0.50 [0.25, 0.75]", "0.90 [0.80, 1.00]")


def test_training_on_the_sentences_is_reported() -> None:
    training = TrainingRecord(corpus="x", corpus_sha256="", sentences=2, tasks=("stsb-test",))

    figures, _ = space_tables([make_space(), make_space("sg", training=training)])

    note = "sg (tiny) saw text of STS-B in training, or scores on it picked the weights"
    assert figures.notes[-1] == note
    assert not any(note.startswith("mean") for note in figures.notes)


def test_sample_data_is_named_and_kept_apart() -> None:
    tables = space_tables([make_space(), make_space(data="sample")])

    assert [table.title for table in tables[::2]] == [
        "Embedding space: STS-B, 30 sentences",
        "Embedding space: STS-B, 30 sentences, SAMPLE DATA",
    ]


def test_three_encoders_stand_in_a_row_of_the_diagram_and_two_in_a_papers_column(
    make_record: Callable[..., Record], monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[Figure] = []
    monkeypatch.setattr(
        collapse_diagram, "save_figure", lambda figure, _path: drawn.append(figure)
    )
    names = ("a", "b", "c", "d")
    panels = collapse_panels(list(map(make_space, names)), list(map(make_record, names)))

    for page in (SCREEN, named_page("column")):
        draw_collapse(panels, Path("space.svg"), page)

    widths = [figure.axes[0].get_gridspec().ncols for figure in drawn]  # type: ignore[union-attr]
    assert widths == [3, 2]
    assert drawn[1].get_figwidth() == 3.3


@pytest.mark.parametrize("suffix", ["svg", "png"])
def test_the_diagram_names_each_encoder_that_has_scores(
    suffix: str, tmp_path: Path, make_record: Callable[..., Record]
) -> None:
    records = [make_record("mean"), make_record("cls")]
    panels = collapse_panels([make_space(), make_space("cls"), make_space("max")], records)
    path = tmp_path / "figures" / f"space.{suffix}"

    draw_collapse(panels, path)

    assert [panel.space.encoder for panel in panels] == ["mean", "cls"]
    assert len(panels[0].gold) == len(panels[0].cosines) == 40
    if suffix == "svg":
        text = path.read_text(encoding="utf-8")
        assert all(name in text for name in ("mean (tiny)", "cls (tiny)", "gold score"))
    else:
        assert path.read_bytes().startswith(b"\x89PNG")
