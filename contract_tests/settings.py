"""The options of the check, in one table for flags, environment variables, TOML keys and pytest options."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from types import MappingProxyType
from typing import Any

from contract_tests.header_file import HeaderFile, read_header_file
from openapi import PHONES
from openapi.configuration import ConfigurationError, origins, read_configuration, read_switch, value_and_origin


class SettingsError(ValueError):
    """Invalid settings. The message has a line for each, with the option as the user wrote it."""


@dataclass(frozen=True, slots=True)
class Profile:
    """How much a run tries.

    `rounds` is how often a property repeats its cases with other records, `examples` how many requests Schemathesis
    makes for each operation, `boundaries` whether its table of boundary values is sent, `scenarios` how many sequences
    the stateful machine runs, `shrink_requests` how many requests may be spent on shrinking one finding.
    `most_requests` ends a run that needs far more requests than usual.
    """

    rounds: int
    examples: int
    boundaries: bool
    scenarios: int
    shrink_requests: int
    most_requests: int


PROFILES: Mapping[str, Profile] = MappingProxyType(
    {
        "quick": Profile(rounds=1, examples=4, boundaries=False, scenarios=1, shrink_requests=150, most_requests=2_500),
        "default": Profile(
            rounds=3, examples=25, boundaries=True, scenarios=20, shrink_requests=400, most_requests=7_000
        ),
        "deep": Profile(
            rounds=20, examples=600, boundaries=True, scenarios=500, shrink_requests=1000, most_requests=40_000
        ),
    }
)
"""By name, how much a run tries: about 1,200, 3,000 and 18,000 requests, and more where something is found."""


def _text(value: Any) -> str:
    return str(value)


def _whole(least: int, most: int | None = None) -> Callable[[Any], int]:
    def convert(value: Any) -> int:
        try:
            number = int(str(value))
        except ValueError:
            raise ValueError(f"{value!r} is not a whole number") from None
        if number < least:
            raise ValueError(f"{number} is too small; write {least} or more")
        if most is not None and number > most:
            raise ValueError(f"{number} is too large; write {most} or less")
        return number

    return convert


def _number(least: float) -> Callable[[Any], float]:
    def convert(value: Any) -> float:
        try:
            number = float(value)
        except ValueError:
            raise ValueError(f"{value!r} is not a number") from None
        if not least <= number < float("inf"):
            raise ValueError(f"{value!r} is out of range; write {least:g} or more")
        return number

    return convert


def _list(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(str(one) for one in value)


def _files(value: Any) -> tuple[Path, ...]:
    return tuple(Path(one) for one in (value.split(os.pathsep) if isinstance(value, str) else value))


def _codes(value: Any) -> tuple[str, ...]:
    return tuple(code.strip() for one in _list(value) for code in one.split(",") if code.strip())


def _profile(value: Any) -> str:
    if value not in PROFILES:
        raise ValueError(f"{value!r} is not a profile; use one of {', '.join(PROFILES)}")
    return str(value)


@dataclass(frozen=True, slots=True)
class Shard:
    """Part `number` (from 1) of the `of` parts of a check."""

    number: int
    of: int

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"


MOST_SHARDS = 400


def _shard(value: Any) -> Shard:
    found = re.fullmatch(r"([0-9]{1,3})/([0-9]{1,3})", str(value), re.ASCII)
    if not found or not 1 <= int(found[1]) <= int(found[2]) <= MOST_SHARDS:
        raise ValueError(f"{value!r} is not a shard; write 3/8 for the third of eight, of at most {MOST_SHARDS}")
    return Shard(int(found[1]), int(found[2]))


def _token_in(file: Any) -> str:
    try:
        token = Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"can't read {file} ({error}); name a file that holds the token") from None
    if not token:
        raise ValueError(f"{file} is empty; name a file that holds the token")
    return token


@dataclass(frozen=True, slots=True)
class Option:
    """One option. Its flag and environment variable are made from `name`; the key in TOML is the flag.

    `convert` reads its value from text or TOML, and raises ValueError. `metavar` is '' for a switch. `usual` is the
    default as --help shows it. `flag` differs from the name if the option is `repeated`. `in_pytest` is its name
    as an option of `pytest contract_tests`, None if it has none. `repeats` is whether the command that repeats a run
    carries it. `shared` options are also read from CALLCAMP_NAME.
    """

    name: str
    summary: str
    convert: Callable[[Any], Any] = _text
    metavar: str = ""
    usual: str = ""
    flag: str = ""
    repeated: bool = False
    in_pytest: str | None = ""
    repeats: bool = True
    shared: bool = False

    @property
    def key(self) -> str:
        """The key in the configuration file: the flag without its dashes."""
        return self.switch.removeprefix("--")

    @property
    def help(self) -> str:
        """The text for --help."""
        return f"{self.summary}  [{self.usual}]" if self.usual else self.summary

    @property
    def switch(self) -> str:
        """The flag of the command line."""
        return self.flag or f"--{self.name.replace('_', '-')}"

    @property
    def variables(self) -> list[str]:
        """The environment variables, the first one that is set wins."""
        own = f"CALLCAMP_CHECK_{self.name.upper()}"
        return [own, f"CALLCAMP_{self.name.upper()}"] if self.shared else [own]

    def arguments(self, value: Any, switch: str) -> list[str]:
        """The arguments that set the option to `value` with the flag `switch`; none for None, False and ()."""
        if value in (None, False, ()):
            return []
        if value is True:
            return [switch]
        if self.convert is _files:
            return [part for file in value for part in (switch, str(file))]
        return [switch, ",".join(value) if isinstance(value, tuple) else str(value)]


_ONLY_HERE: Mapping[str, Any] = {"in_pytest": None, "repeats": False}
"""For an option that neither pytest nor the command that repeats the run needs."""


def _option(summary: str, convert: Callable[[Any], Any] = _text, metavar: str = "", **more: Any) -> dict[str, Any]:
    """The metadata of a field of Settings: the members of its Option, except the name."""
    return {"summary": summary, "convert": convert, "metavar": metavar, **more}


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of a run; each field with metadata is an option.

    `target` is `mock` or a URL. `rate` is in requests per second; None is 10, and no limit on this machine. `max_time`,
    `timeout`, `settle`, `patience` and `slow` are in seconds. `select` and `ignore` are prefixes of codes. `reports`
    are texts FORMAT=PATH. `ledger` None is a file in the temporary folder.
    """

    target: str = field(
        default="mock",
        metadata=_option("The service to check: mock, or a URL.", _text, "URL", usual="mock", shared=True),
    )
    spec: Path = field(
        default=PHONES, metadata=_option("The OpenAPI document.", Path, "FILE", usual="the phone API", shared=True)
    )
    overlays: tuple[Path, ...] = field(
        default=(),
        metadata=_option(
            "Apply this OpenAPI Overlay to the document.", _files, "FILE", flag="--overlay", repeated=True, shared=True
        ),
    )
    allow_ref_outside: bool = field(
        default=False,
        metadata=_option("Allow $ref to files outside the document's folder.", read_switch, shared=True),
    )
    no_infer: bool = field(
        default=False,
        metadata=_option("Don't infer x-resources if the document has none.", read_switch, shared=True),
    )
    allow_writes: bool = field(
        default=False, metadata=_option("Create, change and delete its own records.", read_switch)
    )
    profile: str = field(
        default="default",
        metadata=_option(f"How much to try: {', '.join(PROFILES)}.", _profile, "NAME", usual="default"),
    )
    select: tuple[str, ...] = field(
        default=(),
        metadata=_option("Check only properties whose code starts with this.", _codes, "CODES", repeated=True),
    )
    ignore: tuple[str, ...] = field(
        default=(),
        metadata=_option(
            "Skip properties whose code starts with this.", _codes, "CODES", repeated=True, in_pytest="--ignore-codes"
        ),
    )
    seed: int | None = field(
        default=None,
        metadata=_option(
            "Repeat the choices of an earlier run.", _whole(0), "NUMBER", usual="random", in_pytest="--check-seed"
        ),
    )
    shard: Shard | None = field(
        default=None,
        metadata=_option(
            "Check only part I of N; `callcamp-check merge` joins the reports.",
            _shard,
            "I/N",
            in_pytest="--check-shard",
        ),
    )
    calibration: Path | None = field(
        default=None,
        metadata=_option(
            "Use the calibration of this JSON report, such as that of the first shard.",
            Path,
            "REPORT",
            in_pytest="--check-calibration",
        ),
    )
    strict: bool = field(
        default=False,
        metadata=_option("Let refuted assumptions fail the run.", read_switch, in_pytest="--check-strict"),
    )
    rate: float | None = field(
        default=None,
        metadata=_option("Requests per second.", _number(0.1), "NUMBER", usual="10; no limit on this machine"),
    )
    concurrency: int | None = field(
        default=None,
        metadata=_option(
            "Check this many properties at the same time, 1 to 4.",
            _whole(1, 4),
            "NUMBER",
            usual="4; 1 against a private mock",
        ),
    )
    max_requests: int | None = field(
        default=None,
        metadata=_option(
            "Send at most this many requests, removals excluded.", _whole(1), "NUMBER", usual="twice the usual number"
        ),
    )
    max_time: float | None = field(
        default=None, metadata=_option("Start no new checks after this time.", _number(1), "SECONDS")
    )
    header_file: HeaderFile | None = field(
        default=None,
        metadata=_option("Send the headers in this file with each request.", read_header_file, "FILE"),
    )
    timeout: float = field(
        default=10.0, metadata=_option("Wait this long for a whole response.", _number(0.1), "SECONDS", usual="10")
    )
    max_answer_bytes: int = field(
        default=10_000_000,
        metadata=_option("Read at most this much of a response.", _whole(1_000), "BYTES", usual="10000000"),
    )
    settle: float = field(
        default=0.0,
        metadata=_option("Wait up to this long until a write is visible.", _number(0), "SECONDS", usual="0"),
    )
    patience: float = field(
        default=2.0,
        metadata=_option(
            "Wait this long before a write counts as lost, or a failed removal as final.",
            _number(0),
            "SECONDS",
            usual="2",
        ),
    )
    slow: float = field(
        default=1.0, metadata=_option("Report responses slower than this.", _number(0.001), "SECONDS", usual="1")
    )
    fail_slow: bool = field(default=False, metadata=_option("Report slow responses as findings.", read_switch))
    reports: tuple[str, ...] = field(
        default=(),
        metadata=_option(
            "Write a report; - is stdout.", _list, "FORMAT=PATH", flag="--report", repeated=True, **_ONLY_HERE
        ),
    )
    scripts: Path = field(
        default=Path(".callcamp-check"),
        metadata=_option(
            "Write reproduction scripts to this folder.", Path, "FOLDER", usual=".callcamp-check", **_ONLY_HERE
        ),
    )
    baseline: Path = field(
        default=Path("callcamp-baseline.toml"),
        metadata=_option("Known deviations.", Path, "FILE", usual="callcamp-baseline.toml", shared=True, **_ONLY_HERE),
    )
    write_overlay: Path | None = field(
        default=None,
        metadata=_option("Write what the service does differently as an OpenAPI Overlay.", Path, "FILE", **_ONLY_HERE),
    )
    ledger: Path | None = field(
        default=None,
        metadata=_option("Log created records to this file.", Path, "FILE", usual="a temporary file", repeats=False),
    )
    token: str | None = field(default=None, repr=False)

    @property
    def secrets(self) -> tuple[str, ...]:
        """The texts that no message and no report may show: the token, and values of the header file."""
        token = [self.token] if self.token else []
        return (*token, *(self.header_file.secrets if self.header_file else ()))

    @property
    def ledger_file(self) -> Path | None:
        """The ledger; that of a shard has its number in its name, so that shards can be given the same one."""
        if self.ledger is None or self.shard is None:
            return self.ledger
        part = f"{self.ledger.stem}-{self.shard.number}-of-{self.shard.of}{self.ledger.suffix}"
        return self.ledger.with_name(part)


_TOKEN_FILE = _option(
    "Send the token in this file.", _token_in, "FILE", usual="the one in CALLCAMP_TOKEN", shared=True, **_ONLY_HERE
)
OPTIONS: tuple[Option, ...] = (
    *(Option(one.name, **one.metadata) for one in fields(Settings) if one.metadata),
    Option("token_file", **_TOKEN_FILE),
)
"""Every option, in the order of --help."""
_TOKEN = Option("token", "", shared=True)
"""Not an option: other users of the machine can read the arguments of a process."""


def read_settings(given: Mapping[str, Any], environ: Mapping[str, str], folder: Path) -> Settings:
    """The settings from `given`, by name; those that are None or () there from `environ`, then the configuration file.

    The file is the nearest one at or above `folder`, see `openapi.configuration`. Raises SettingsError.
    """
    values: dict[str, Any] = {}
    problems: list[str] = []
    for option, source, value in _sources(given, environ, folder):
        try:
            if source:
                values["token" if option.name == "token_file" else option.name] = option.convert(value)
        except (ValueError, TypeError) as error:
            problems.append(f"{source}: {error}")
    if problems:
        raise SettingsError("\n".join(problems))
    settings = Settings(**values)
    if settings.token and settings.header_file and settings.header_file.has("Authorization"):
        raise SettingsError(f"{settings.header_file} has Authorization, and a token is set; remove one of them")
    return settings


def settings_origins(
    given: Mapping[str, Any], environ: Mapping[str, str], folder: Path, *, as_json: bool = False
) -> str:
    """Each setting of `read_settings` with its value and where it comes from. Raises SettingsError."""
    settings = read_settings(given, environ, folder)
    sources = {option.name: (option, source) for option, source, _ in _sources(given, environ, folder)}
    sources["token"] = max(sources["token"], sources.pop("token_file"), key=lambda one: bool(one[1]))
    values = {one.name: getattr(settings, one.name) for one in fields(Settings)}
    values["token"] = "(set)" if settings.token else None
    return origins(((sources[name][0].key, value, sources[name][1]) for name, value in values.items()), as_json)


def _sources(given: Mapping[str, Any], environ: Mapping[str, str], folder: Path) -> Iterator[tuple[Option, str, Any]]:
    """Each option, its source ('' if not set), and its value there. Raises SettingsError."""
    try:
        configured = read_configuration("check", [option.key for option in OPTIONS], folder)
    except ConfigurationError as error:
        raise SettingsError(str(error)) from None
    for option in (_TOKEN, *OPTIONS):
        yield option, *value_and_origin(given.get(option.name), option.key, option.variables, environ, configured)
