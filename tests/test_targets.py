"""Several targets in one label set, and open ones: what labels, input and model make of the target that is asked about."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer

from labels.check import check_files
from labels.codebook import Codebook, codebook_from_dict, load_codebook
from labels.errors import LabelError, TextError
from labels.gold import derive_gold
from labels.tables import read_table
from service.backend import OpenVinoBackend
from service.bundle import NAMES, load_bundle
from service.cache import SentenceCache
from service.pairs import Encoder
from service.records import Document
from service.scorer import Scorer, load_scorer
from tests.other_books import BOTH_ARTICLE, CHINA_ARTICLE, OPEN, TWO, open_rows, two_target_rows, write_table
from training.cli import main
from training.rows import training_set, user_gold

CHINA, IRAN = "China–Russia partnership", "Iran–Russia alignment"
LONG = "The paper praised what Iran and Russia do, " + "again and " * 200 + "at last."


@pytest.fixture(scope="module")
def two() -> Codebook:
    return load_codebook(TWO)


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_table(tmp_path_factory.mktemp("two") / "two.csv", two_target_rows())


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory, tiny_base: Path, table: Path) -> Path:
    out = tmp_path_factory.mktemp("two-bundle") / "bundle"
    command = ["train", "--labels", str(table), "--only", "--codebook", str(TWO), "--base", str(tiny_base), "--epochs", "12", "--quiet"]
    assert main([*command, "--set", "encoder_rate=1e-3", "--set", "freeze_embeddings=false", "--out", str(out)]) == 0
    return out


@pytest.fixture(scope="module")
def scorer(bundle: Path) -> Scorer:
    return load_scorer(bundle)


def test_one_sentence_gets_a_label_toward_each_target(scorer: Scorer) -> None:
    text = "The paper praised what China and Russia do as a gift, and condemned what Iran and Russia do as a threat, on day 9."
    (scored,) = scorer.score([Document("a", text)])
    assert {s.target: s.label for s in scored.scores} == {CHINA: "supportive", IRAN: "opposed"}
    assert len({s.id for s in scored.scores}) == 1  # one sentence


def test_a_text_is_scored_for_the_targets_that_it_names_unless_others_are_asked_about(scorer: Scorer) -> None:
    def asked(text: str, *targets: str) -> list[tuple[str | None, bool]]:
        (scored,) = scorer.score([Document("a", text, targets=targets)])
        return list(dict.fromkeys((s.target, "off_topic" in s.flags) for s in scored.scores))

    assert asked(CHINA_ARTICLE) == [(CHINA, False)]
    assert asked(BOTH_ARTICLE) == [(CHINA, False), (IRAN, False)]
    assert asked(CHINA_ARTICLE, IRAN) == [(IRAN, True)]
    assert asked("They met on Monday.") == [(CHINA, True), (IRAN, True)]
    with pytest.raises(TextError, match="document 'a': target 'Mars' is not in codebook two-partnerships 1.0; expected 'China–Russia partnership' or"):
        scorer.score([Document("a", CHINA_ARTICLE, targets=("Mars",))])


def test_a_pair_is_the_same_to_the_last_bit_in_any_company(scorer: Scorer) -> None:
    pairs = [(row["text"], row["target"]) for row in two_target_rows(20)] + [(LONG, IRAN), ("They met.", CHINA)]
    together = scorer.classify(pairs).probabilities
    alone = np.concatenate([scorer.classify([pair]).probabilities for pair in pairs])
    backwards = scorer.classify(pairs[::-1]).probabilities[::-1]
    assert np.array_equal(together, alone)
    assert np.array_equal(together, backwards)


def test_a_long_sentence_is_cut_and_the_target_never(two: Codebook, bundle: Path) -> None:
    tokenizer = Tokenizer.from_file(str(bundle / NAMES.tokenizer))
    encoder = Encoder(tokenizer, two, 64, mentions=False)
    (long,) = encoder.encode([(LONG, IRAN)])
    assert long.truncated
    assert len(long.ids) == long.width == 64
    tokenizer.enable_truncation(64, strategy="only_first")  # the library's own way
    library = tokenizer.encode(LONG, IRAN)
    assert (list(long.ids), list(long.types)) == (library.ids, library.type_ids)
    tokenizer.no_truncation()
    with pytest.raises(TextError, match=r"target '.*' has \d+ tokens; expected at most 44"):
        encoder.encode([("They met.", "the minister " * 40)])


def test_the_words_that_name_the_target_are_marked_and_no_others(two: Codebook, bundle: Path) -> None:
    tokenizer = Tokenizer.from_file(str(bundle / NAMES.tokenizer))
    text = "Iran and Russia met, and China looked on."
    (marked,) = Encoder(tokenizer, two, 64, mentions=True).encode([(text, IRAN)])
    (plain,) = Encoder(tokenizer, two, 64, mentions=False).encode([(text, IRAN)])
    assert marked.ids == plain.ids
    encoding = tokenizer.encode(text, IRAN)
    named = {text[a:b] for (a, b), part, new, old in zip(encoding.offsets, encoding.sequence_ids, marked.types, plain.types, strict=True) if part == 0 and new > old}
    assert "".join(sorted(named, key=text.index)) == "IranRussia"


def test_the_tag_hangs_on_what_the_model_is_told(bundle: Path) -> None:
    manifest = load_bundle(bundle).manifest
    assert manifest["input"] == {"mentions": True}
    assert "input" not in load_bundle().manifest


def test_a_cached_pair_is_not_taken_for_another_targets(bundle: Path, tmp_path: Path) -> None:
    text = two_target_rows(1)[0]["text"]
    cached = load_scorer(bundle, cache=tmp_path)
    first = cached.classify([(text, CHINA)]).probabilities
    second = cached.classify([(text, IRAN)]).probabilities
    assert not np.array_equal(first, second)
    assert np.array_equal(load_scorer(bundle, cache=tmp_path).classify([(text, IRAN), (text, CHINA)]).probabilities, np.concatenate([second, first]))
    kept = SentenceCache(tmp_path / "own.sqlite")
    kept.put({("a", "b"): np.zeros(3, dtype=np.float32)})
    assert kept.get(["a", "ab", ("a", "b"), ("", "ab")]).keys() == {("a", "b")}


def test_the_exported_graph_of_pairs_equals_torch(tiny_base: Path, two: Codebook, tmp_path: Path) -> None:
    from training.config import TrainConfig
    from training.export import export_onnx
    from training.fit import Example, fit

    pairs = [(row["text"], row["target"]) for row in two_target_rows(30)]
    examples = [Example(pair, n % 3) for n, pair in enumerate(pairs)]
    fitted = fit(examples, two.labels, TrainConfig(base=str(tiny_base), epochs=1), tmp_path / "work", paired=two, progress=False)
    assert export_onnx(fitted, tmp_path / "fp32.onnx", pairs, int8_storage=False) < 1e-4
    ids, mask, types = (np.ones((1, 8), dtype=np.int64) for _ in range(3))
    backend = OpenVinoBackend(tmp_path / "fp32.onnx", 1, exact=True)
    assert not np.array_equal(backend.logits(ids, mask, types), backend.logits(ids, mask, 0 * types))  # the token types reach the encoder


def test_the_lexical_channel_does_not_weigh_the_names_of_the_target(tiny_base: Path, tmp_path: Path) -> None:
    from training.config import TrainConfig
    from training.fit import Example, fit

    book = codebook_from_dict(load_codebook_text(OPEN), "open")
    rows = [("Mary Hill spoke on a day.", "Mary Hill"), ("Peter Stone spoke on a day.", "Peter Stone")] * 8
    examples = [Example(pair, n % 3) for n, pair in enumerate(rows)]
    fitted = fit(examples, book.labels, TrainConfig(base=str(tiny_base), epochs=1), tmp_path / "work", paired=book, progress=False)
    assert fitted.model.lexical is not None
    table = fitted.model.lexical.get_buffer("table")
    name, verb = (fitted.tokenizer(word, add_special_tokens=False)["input_ids"] for word in ("Mary Hill", "spoke"))
    assert float(table[name].abs().sum()) == 0.0
    assert float(table[verb].abs().sum()) > 0.0


def test_labels_of_one_sentence_toward_two_targets_do_not_contradict_each_other(two: Codebook, tmp_path: Path) -> None:
    sentence = "The paper praised China and Russia and condemned Iran and Russia."
    rows = [
        {"text": sentence, "label": label, "target": target, "annotator": f"person/{name}", "article": "a-1"}
        for target, labels in ((CHINA, ("supportive", "supportive")), (IRAN, ("opposed", "none")))
        for name, label in zip("ab", labels, strict=True)
    ]
    reading = read_table(write_table(tmp_path / "rows.csv", rows), two)
    assert not reading.problems
    gold = derive_gold([row for _, row in reading.rows])
    assert [(g.target, g.label) for g in gold] == [(CHINA, "supportive"), (IRAN, None)]
    store = tmp_path / "store.jsonl"
    store.write_text("".join(row.to_json() + "\n" for _, row in reading.rows), encoding="utf-8")
    report = check_files([store], two)
    assert (report.problems, report.annotations, report.sentences) == ((), 4, 1)


def test_rows_without_a_target_or_with_a_foreign_one_are_named(two: Codebook, book: Codebook, tmp_path: Path) -> None:
    path = write_table(tmp_path / "rows.csv", [{"text": "They met.", "label": "none", "target": target} for target in (CHINA, "", "Mars")])
    problems = [str(problem) for problem in read_table(path, two).problems]
    assert [problem.split(": ")[1] for problem in problems] == ["target", "target"]
    assert "found None; expected 'China–Russia partnership' or 'Iran–Russia alignment', by codebook two-partnerships" in problems[0]
    path = write_table(tmp_path / "shipped.csv", [{"text": "They met.", "label": book.default, "target": "Mars"}])
    assert "found 'Mars'; expected 'Iran–Russia alignment'" in str(read_table(path, book).problems[0])


def test_the_hash_of_labels_moves_with_their_targets_and_not_for_one_target(two: Codebook, book: Codebook, table: Path, tmp_path: Path) -> None:
    gold, _ = user_gold([table], two, skip_invalid=False)
    swapped = [{**row, "target": IRAN if row["target"] == CHINA else CHINA} for row in two_target_rows()]
    other, _ = user_gold([write_table(tmp_path / "swapped.csv", swapped)], two, skip_invalid=False)
    assert training_set(gold).hash != training_set(other).hash
    one = [{"text": f"They met on day {n}.", "label": book.default} for n in range(3)]
    named = [{**row, "target": book.target} for row in one]
    first, second = (user_gold([write_table(tmp_path / f"{name}.csv", rows)], book, skip_invalid=False)[0] for name, rows in (("one", one), ("named", named)))
    assert training_set(first).hash == training_set(second).hash


def test_open_targets_are_named_by_every_row_and_every_request(tiny_base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "open.toml").write_text(OPEN, encoding="utf-8")
    table, out = write_table(tmp_path / "rows.csv", open_rows()), tmp_path / "bundle"
    command = ["train", "--labels", str(table), "--only", "--codebook", str(tmp_path / "open.toml"), "--base", str(tiny_base), "--epochs", "3", "--quiet", "--out", str(out)]
    assert main(command) == 0
    capsys.readouterr()
    assert main(["score", "--bundle", str(out), "--json", "--target", "Rosa Parks", "--target", "the mayor", "Rosa Parks praised the mayor."]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [(s["target"], s["flags"].count("off_topic")) for s in told["sentences"]] == [("Rosa Parks", 0), ("the mayor", 0)]
    assert set(told["summary"]["targets"]) == {"Rosa Parks", "the mayor"}
    assert main(["score", "--bundle", str(out), "Rosa Parks praised the mayor."]) == 2
    assert "has open targets; expected the name of at least one target beside the text" in capsys.readouterr().err
    assert main(["evaluate", "--data", str(table), "--bundle", str(out), "--labels", str(table), "--only", "--json"]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert figures["n"] == 240
    assert figures["macro_f1"] > figures["baselines"]["majority"]["macro_f1"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"targets": "any"}, "'open' or"),
        ({"targets": []}, "distinct names"),
        ({"targets": [{"name": "A", "sides": []}]}, "each with"),
        ({"sides": []}, "beside targets"),
    ],
)
def test_a_codebook_with_misshaped_targets_is_named(two: Codebook, change: dict[str, object], told: str) -> None:
    with pytest.raises(LabelError, match=f"mine.toml: .*{told}"):
        codebook_from_dict({**two.to_dict(), **change}, "mine.toml")


def test_a_codebook_with_targets_survives_the_bundle(two: Codebook, bundle: Path) -> None:
    assert load_bundle(bundle).codebook == two
    open_book = codebook_from_dict(load_codebook_text(OPEN), "open")
    assert codebook_from_dict(open_book.to_dict(), "again") == open_book


def load_codebook_text(text: str) -> dict[str, object]:
    import tomllib

    return tomllib.loads(text)
