"""The HTML report in a real browser: headless Chromium, driven as a person would."""

import itertools
import json
import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement

from harness.evaluation.report import Report
from harness.results.html_report.scored_items import ItemTexts
from harness.results.records.record import Record
from harness.studies.folder_report import read_report

HOSTILE = "<img src=x onerror='window.hacked=1'></script><script>window.hacked=1</script>"
NOISES = {"mean": 0.3, "cls": 1.0, "max:layers=1": 2.0, "max:layers=2": 2.5, HOSTILE: 3.0}


MakeRecord = Callable[..., Record]
WriteRecords = Callable[[Path, Iterable[Record]], None]


@pytest.fixture(scope="module")
def page(
    tmp_path_factory: pytest.TempPathFactory, make_record: MakeRecord, write_records: WriteRecords
) -> Path:
    folder = tmp_path_factory.mktemp("runs")
    records = [
        make_record(
            encoder,
            task,
            noise=noise,
            split_names=splits,
            settings={"layers": encoder[-1]} if "layers" in encoder else {},
            trained_on=("stsb-test",) if encoder == "mean" else None,
        )
        for encoder, noise in NOISES.items()
        for task, splits in (("sts12", ("part0", "part1")), ("stsb-test", ("test",)))
        if (encoder, task) != ("cls", "sts12")
    ]
    write_records(folder, records)
    curve = [{"step": step, "dev": 0.5 + step / 100} for step in range(5)]
    named = {"spec": "sg", "model": "tiny", "corpus": "stsb", "corpus_sha256": "0", "seed": 0}
    checkpoint = folder / "checkpoints" / "sg"
    checkpoint.mkdir(parents=True)
    manifest = {**named, "history": {"dev": curve}, "files": {}}
    (checkpoint / "training.json").write_text(json.dumps(manifest))
    path = folder / "report.html"
    report = read_report(folder, published=(), title=f"Report {HOSTILE}")
    pairs = {"test": [(f"first {number}", HOSTILE) for number in range(40)]}
    report.texts = {("stsb-test", "stsb-test".ljust(64, "1")): ItemTexts(pairs)}
    path.write_text(report.render("html"), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def own_metrics(tmp_path_factory: pytest.TempPathFactory, make_record: MakeRecord) -> Path:
    """A page of one STS result, and of a sweep on a task with metrics of its own."""
    scores = {"mean": {"ndcg": 0.7, "loss": 0.4}, "cls": {"ndcg": 0.6, "loss": 0.2}}
    scores |= {f"mean:layers={k}": {"ndcg": 0.8 - k / 99, "loss": 0.3 + k / 99} for k in range(5)}
    own = {"family": "retrieval", "lower_is_better": ("loss",), "items": {}}
    records = [make_record(e, "retrieval", scores=found, **own) for e, found in scores.items()]
    path = tmp_path_factory.mktemp("own") / "report.html"
    path.write_text(Report([make_record(), *records]).render("html"), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def browser() -> Iterator[webdriver.Chrome]:
    names = ("chromium", "chromium-browser", "google-chrome")
    chromium = next(filter(None, map(shutil.which, names)), None)
    driver = shutil.which("chromedriver")
    if chromium is None or driver is None:
        pytest.skip("no Chromium and driver found (Debian: chromium, chromium-driver)")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    found = webdriver.Chrome(options=options, service=Service(driver))
    yield found
    found.quit()


@pytest.fixture
def opened(browser: webdriver.Chrome, page: Path) -> Iterator[webdriver.Chrome]:
    resize(browser, 1280)
    browser.get(page.as_uri())
    yield browser
    assert [entry["message"] for entry in browser.get_log("browser")] == []


def resize(browser: webdriver.Chrome, width: int) -> None:
    metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)


def find(browser: webdriver.Chrome | WebElement, selector: str) -> list[WebElement]:
    return browser.find_elements(By.CSS_SELECTOR, selector)


def shown_rows(browser: webdriver.Chrome) -> list[str]:
    rows = find(browser, ".board:not([hidden]) tbody tr:not([hidden]) th")
    return [row.text for row in rows]


def shown_titles(browser: webdriver.Chrome) -> list[str | None]:
    tables = find(browser, ".board:not([hidden]) table")
    return [table.get_attribute("aria-label") for table in tables]


def heads(browser: webdriver.Chrome, title: str) -> WebElement:
    (head,) = (h for h in find(browser, ".board:not([hidden]) thead th") if title in h.text)
    return head


def test_a_head_sorts_best_first_then_worst_first(opened: webdriver.Chrome) -> None:
    heads(opened, "STS-B").find_element(By.TAG_NAME, "button").click()
    best_first = shown_rows(opened)
    order = heads(opened, "STS-B").get_attribute("aria-sort")
    heads(opened, "STS-B").find_element(By.TAG_NAME, "button").click()

    assert (best_first[0], order) == ("mean", "descending")
    assert shown_rows(opened) == best_first[::-1]
    assert heads(opened, "STS-B").get_attribute("aria-sort") == "ascending"


def test_sorting_by_keyboard_puts_missing_scores_last(opened: webdriver.Chrome) -> None:
    button = heads(opened, "STS12").find_element(By.TAG_NAME, "button")
    for _ in range(2):
        button.send_keys(Keys.ENTER)

    assert heads(opened, "STS12").get_attribute("aria-sort") == "ascending"
    assert shown_rows(opened)[-2:] == ["mean", "cls"]


def test_names_sort_as_text(opened: webdriver.Chrome) -> None:
    heads(opened, "encoder").find_element(By.TAG_NAME, "button").click()

    assert shown_rows(opened)[-4:] == ["cls", "max:layers=1", "max:layers=2", "mean"]


def test_the_protocol_switch_shows_one_protocol(opened: webdriver.Chrome) -> None:
    def shown() -> list[str | None]:
        boards = find(opened, ".board:not([hidden])")
        return [board.get_attribute("data-protocol") for board in boards]

    before = shown()
    radio = find(opened, "input[name=protocol][value=all]")[0]
    radio.send_keys(Keys.ARROW_RIGHT)

    assert (before, shown()) == (["all"], ["wmean"])
    assert "protocol wmean" in shown_titles(opened)[0]


def test_each_metric_is_shown_alone_and_the_lowest_first_where_it_is_best(
    browser: webdriver.Chrome, own_metrics: Path
) -> None:
    browser.get(own_metrics.as_uri())
    before = shown_titles(browser)
    find(browser, "input[name=metric][value=loss]")[0].click()
    after = shown_titles(browser)

    rows = find(
        browser, ".board:not([hidden]) table:has(th[data-low]) tr:not([hidden]) th[scope=row]"
    )
    assert before[1] == "retrieval: ndcg × 100, model tiny"
    assert after == [before[0], "retrieval: loss × 100, model tiny"]
    assert [row.text.splitlines()[0] for row in rows] == ["cls", "mean:layers=0", "mean"]


def test_the_layer_map_follows_the_switch(opened: webdriver.Chrome) -> None:
    def shown() -> list[str]:
        return [heading.text for heading in find(opened, ".map:not([hidden]) h3")]

    before = shown()
    find(opened, "input[name=protocol][value=all]")[0].send_keys(Keys.ARROW_RIGHT)

    assert before == ["STS12, tiny, Spearman × 100, protocol all", "STS-B, tiny, Spearman × 100"]
    assert shown() == ["STS12, tiny, Spearman × 100, protocol wmean", before[1]]


def test_the_filter_keeps_rows_with_every_word_and_says_how_many(
    opened: webdriver.Chrome,
) -> None:
    find(opened, "#filter")[0].send_keys("layers MAX")

    assert shown_rows(opened) == ["max:layers=1", "max:layers=2"]
    assert find(opened, "#shown")[0].text == "2 of 5 rows"


def test_a_score_opens_its_scatter_and_provenance(opened: webdriver.Chrome) -> None:
    button = find(opened, ".board:not([hidden]) button[aria-label^='mean on STS12']")[0]
    button.send_keys(Keys.ENTER)

    body = find(opened, "dialog[open] #detail-body")[0]
    painted = opened.execute_script(
        "const c = document.querySelector('dialog canvas');"
        "const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;"
        "return d.some((value) => value !== 0)"
    )
    assert find(opened, "#detail-heading")[0].text == "mean on STS12"
    assert "sts12.txt, checksum sts121111111" in body.text
    assert "part1" in body.text
    assert painted

    find(opened, "dialog[open]")[0].send_keys(Keys.ESCAPE)

    assert not find(opened, "dialog[open]")
    assert opened.switch_to.active_element == button


def test_the_arrow_keys_show_the_next_encoder_and_the_address_names_it(
    opened: webdriver.Chrome,
) -> None:
    buttons = find(opened, ".board:not([hidden]) tbody tr:not([hidden]) button[data-cell$='.0']")
    buttons[0].send_keys(Keys.ENTER)
    headings = [find(opened, "#detail-heading")[0].text]
    find(opened, "dialog[open]")[0].send_keys(Keys.ARROW_RIGHT)
    headings.append(find(opened, "#detail-heading")[0].text)
    address = opened.current_url
    opened.get("about:blank")
    opened.get(address)

    assert headings[0] != headings[1]
    assert find(opened, "dialog[open] #detail-heading")[0].text == headings[1]


def test_pairs_on_which_two_encoders_disagree_are_listed_with_their_sentences(
    opened: webdriver.Chrome,
) -> None:
    tasks = find(opened, "#disagreement select[name=task] option")
    next(task for task in tasks if task.text == "STS-B").click()

    rows: list[list[str]] = opened.execute_script(
        "return [...document.querySelectorAll('#disagreement-body tbody tr')].map((row) =>"
        " [row.cells[0], ...row.querySelectorAll('td small')].map((each) => each.innerText))"
    )
    apart = [abs(float(a[:-2]) - float(b[:-2])) for _, _, a, b in rows]
    assert len(rows) == 20
    assert all(text.startswith("first ") and HOSTILE in text for text, *_ in rows)
    assert all(after <= before + 1.01 for before, after in itertools.pairwise(apart))


def test_a_score_leads_to_where_it_disagrees_with_the_best(opened: webdriver.Chrome) -> None:
    find(opened, ".board:not([hidden]) button[aria-label^='cls on STS-B']")[0].send_keys(
        Keys.ENTER
    )
    find(opened, "dialog .more-rows")[0].click()

    chosen = opened.execute_script(
        "return [...document.querySelectorAll('#disagreement select')]"
        ".map((select) => select.selectedOptions[0].text)"
    )
    assert chosen == ["STS-B", "cls", "mean"]
    assert not find(opened, "dialog[open]")


def test_the_arrow_keys_read_a_curve_of_training(opened: webdriver.Chrome) -> None:
    find(opened, ".curve > svg")[0].send_keys(Keys.ARROW_RIGHT + Keys.ARROW_RIGHT)

    assert find(opened, ".curve output")[0].text == "step 1: 51.00"


def test_a_row_of_a_plot_opens_the_detail_of_its_score(opened: webdriver.Chrome) -> None:
    row = find(opened, ".board:not([hidden]) [data-column='STS12'] li button")[1]
    row.send_keys(Keys.ENTER)

    assert find(opened, "#detail-heading")[0].text == "max:layers=1 on STS12"

    find(opened, "dialog[open]")[0].send_keys(Keys.ESCAPE)

    assert opened.switch_to.active_element == row


def test_the_filter_keeps_the_same_rows_in_plots(opened: webdriver.Chrome) -> None:
    find(opened, "#filter")[0].send_keys("max")

    panels = find(opened, ".board:not([hidden]) .panel")
    shown = [[row.text for row in find(panel, "li:not([hidden]) span")] for panel in panels]
    assert shown == [["max:layers=1", "max:layers=2"]] * 2


def test_the_address_keeps_what_is_shown_and_the_back_button_undoes_it(
    opened: webdriver.Chrome,
) -> None:
    find(opened, "input[name=protocol][value=wmean]")[0].click()
    heads(opened, "STS12").find_element(By.TAG_NAME, "button").click()
    address = opened.current_url
    opened.get("about:blank")
    opened.get(address)
    restored = shown_titles(opened)[0], heads(opened, "STS12").get_attribute("aria-sort")
    opened.get("about:blank")
    opened.get(address.partition("#")[0])
    find(opened, "input[name=protocol][value=wmean]")[0].click()
    opened.back()

    assert "protocol wmean" in (restored[0] or "")
    assert restored[1] == "descending"
    assert "protocol all" in (shown_titles(opened)[0] or "")


def test_hiding_scores_trained_on_their_text_marks_the_best_of_the_others(
    opened: webdriver.Chrome,
) -> None:
    def best() -> list[str]:
        return [cell.text.split()[0] for cell in find(opened, ".board:not([hidden]) td.best")]

    before = best()
    find(opened, "#clean")[0].click()

    cls = find(opened, ".board:not([hidden]) tr[data-name=cls] td.best")
    assert len(cls) == 1
    assert cls[0].text.split()[0] in best()
    assert before != best()


def test_the_shown_rows_are_saved_as_csv_without_formulas(opened: webdriver.Chrome) -> None:
    opened.execute_script(
        "URL.createObjectURL = (blob) => { blob.text().then((text) => { window.saved = text; });"
        " return 'data:,'; }"
    )
    find(opened, "#filter")[0].send_keys("max")
    find(opened, ".board:not([hidden]) .csv")[0].click()

    head, *rows = str(opened.execute_async_script(
        "const done = arguments[0]; setTimeout(() => done(window.saved), 50);"
    )).splitlines()  # fmt: skip
    assert head.split(",")[:4] == ["encoder", "STS12", "STS12 low", "STS12 high"]
    assert [row.split(",")[0] for row in rows] == ["max:layers=1", "max:layers=2"]


def test_a_sweep_is_folded_until_its_row_is_opened(
    browser: webdriver.Chrome, own_metrics: Path
) -> None:
    browser.get(own_metrics.as_uri())
    folded = shown_rows(browser)
    find(browser, ".board:not([hidden]) .fold")[0].click()

    assert [name.splitlines()[0] for name in folded[1:]] == ["mean:layers=0", "mean", "cls"]
    assert "best on the test data of 6 settings: optimistic" in folded[1]
    assert len(shown_rows(browser)) == len(folded) + 4


def test_differences_are_laid_out_with_their_p_values(opened: webdriver.Chrome) -> None:
    find(opened, ".board:not([hidden]) .differences summary")[0].click()

    table = find(opened, ".board:not([hidden]) .differences table")[0]
    assert "best" in table.text
    assert "p = 0.002" in table.text


def test_hostile_names_are_shown_and_never_run(opened: webdriver.Chrome) -> None:
    for button in find(opened, ".board:not([hidden]) tbody td button"):
        button.click()
        find(opened, "dialog form [type=submit]")[0].click()

    assert opened.execute_script("return window.hacked") is None
    assert HOSTILE in opened.title
    assert HOSTILE in shown_rows(opened)


def test_nothing_is_loaded_from_anywhere(opened: webdriver.Chrome) -> None:
    loaded = opened.execute_script("return performance.getEntriesByType('resource').length")

    assert loaded == 0


def test_every_control_has_a_name(opened: webdriver.Chrome) -> None:
    nameless = opened.execute_script(
        "return [...document.querySelectorAll('button, input, a, [role=img], [role=region]')]"
        ".filter((e) => !(e.getAttribute('aria-label') || e.textContent.trim()"
        " || e.closest('label'))).map((e) => e.outerHTML)"
    )

    assert nameless == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_contrast_in_light_and_dark(opened: webdriver.Chrome, scheme: str) -> None:
    features = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    opened.execute_cdp_cmd("Emulation.setEmulatedMedia", features)

    colours: dict[str, str] = opened.execute_script(
        "const s = getComputedStyle(document.documentElement);"
        "return Object.fromEntries(['--back', '--panel', '--best', '--text', '--quiet',"
        " '--accent', '--alarm', '--warm'].map((n) => [n, s.getPropertyValue(n).trim()]))"
    )

    assert (luminance(colours["--back"]) > 0.5) == (scheme == "light")
    for ink in ("--text", "--quiet", "--accent", "--alarm"):
        for ground in ("--back", "--panel"):
            assert contrast(colours[ink], colours[ground]) >= 4.5, (ink, ground)
    for ground in ("--best", "--warm"):
        assert contrast(colours["--text"], colours[ground]) >= 4.5, ground


def test_a_narrow_page_does_not_scroll_sideways(opened: webdriver.Chrome) -> None:
    resize(opened, 360)

    wide: Any = opened.execute_script(
        "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )

    assert wide <= 0


def luminance(colour: str) -> float:
    """Relative luminance of #rrggbb, WCAG 2.2."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    light, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)
