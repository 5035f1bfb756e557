"""One target in a process of its own, which run.py starts and watches."""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import time
from pathlib import Path

RSS_LIMIT_MB = 2048
SECONDS_PER_INPUT = 20


def main() -> None:
    """Feed one target for a number of seconds with the engine that is asked for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--target", required=True)
    parser.add_argument("--engine", choices=("atheris", "hypothesis"), required=True)
    parser.add_argument("--seconds", type=int, required=True)
    parser.add_argument("--seed", type=int, default=0, help="of atheris; hypothesis begins with the same one anyway")
    parser.add_argument("--folder", type=Path, required=True, help="for the corpus and for findings")
    options = parser.parse_args()
    if options.engine == "atheris":
        _with_atheris(options.target, options.seconds, options.folder, options.seed)
    else:
        _with_hypothesis(options.target, options.seconds, options.folder)


def _with_atheris(name: str, seconds: int, folder: Path, seed: int) -> None:
    import atheris

    with atheris.instrument_imports(include=["ElastixPlusLib"]):
        from ElastixPlusLib.errors import ElastixPlusError

        from .fuzz_target import load_target

        target = load_target(name)
    corpus = folder / "corpus"
    corpus.mkdir(exist_ok=True)
    for real in target.seeds():
        (corpus / hashlib.sha256(real).hexdigest()[:16]).write_bytes(real)
    words = folder / "words"
    words.write_text("".join(f'"{_escaped(token)}"\n' for token in target.tokens if len(token) <= 64), "ascii")

    def one(data: bytes) -> None:
        try:
            target.one_input(data)
        except ElastixPlusError:
            pass

    limits = [f"-rss_limit_mb={RSS_LIMIT_MB}", f"-timeout={SECONDS_PER_INPUT}", f"-max_len={target.longest_bytes}"]
    places = [f"-dict={words}", f"-artifact_prefix={folder}/finding-", str(corpus)]
    how = [f"-max_total_time={seconds}", f"-seed={seed}", "-print_final_stats=1", *limits, *places]
    atheris.Setup([sys.argv[0], *how], one)
    atheris.Fuzz()


def _with_hypothesis(name: str, seconds: int, folder: Path) -> None:
    """Examples by the hundred with a new seed each time; the input in hand lies in a file, for whoever watches."""
    from hypothesis import HealthCheck, Phase, given, seed, settings

    from ElastixPlusLib.errors import ElastixPlusError

    from .fuzz_target import load_target
    from .mutations import mutated

    target = load_target(name)
    seeds = [one[: target.longest_bytes] for one in target.seeds()]
    in_hand, end, count, rounds = folder / "in-hand", time.monotonic() + seconds, 0, 0

    def one(data: bytes) -> None:
        nonlocal count
        if time.monotonic() > end:
            return
        count += 1
        in_hand.write_bytes(data)
        try:
            target.one_input(data)
        except ElastixPlusError:
            pass

    usual = settings(
        max_examples=200,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    try:
        for data in seeds:
            one(data)
        while time.monotonic() < end:
            rounds += 1
            seed(rounds)(usual(given(mutated(target, seeds))(one)))()
    finally:
        print(json.dumps({"inputs": count}), flush=True)
    in_hand.unlink(missing_ok=True)


def _escaped(token: bytes) -> str:
    return "".join(f"\\x{byte:02x}" for byte in token)


if __name__ == "__main__":
    main()
