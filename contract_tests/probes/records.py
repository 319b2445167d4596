"""Experiments about records: how the service treats their bodies, and shows, finds and deletes them."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence

from contract_tests.claims import expressions
from contract_tests.probes.experiment import Claim, Claims, Experiment, Trial
from contract_tests.probes.lab import REFUSED, Lab, accepted, refused
from contract_tests.resource.resource_client import ResourceClient
from contract_tests.resource.resource_description import Body, Record
from contract_tests.target.client import Call, ReceivedResponse
from openapi import InitialValue, Role
from openapi.model.fields import TIME_FORMS
from openapi.pointers import join

_AS_SCHEMA, _ACCEPTED = "judged-by-their-schema", "is accepted"
_UNKNOWN_FIELD = "xUnknownField"
_FRACTIONS = {"seconds": "", "milliseconds": r"\.\d{3}", "microseconds": r"\.\d{6}"}


def text_to_damage(tag: str) -> str:
    """A text that shows whether it is trimmed or normalized."""
    return f" e\u0301 {tag} "


def body_experiments(api: ResourceClient, made: Sequence[Record]) -> Iterator[Experiment]:
    """The experiments about bodies that apply to the document."""
    lab = _Bodies(api, made)
    yield from lab.unknown_fields()
    yield from lab.nulls()
    yield from lab.empty_updates()
    yield from lab.texts()


def record_experiments(api: ResourceClient, made: Sequence[Record]) -> Iterator[Experiment]:
    """The experiments about how records are shown and found that apply to the document."""
    lab = _Records(api, made)
    yield from lab.nulls()
    yield from lab.times()
    yield from lab.methods()
    if api.spec.has(Role.LIST) and api.spec.resource.listing and api.spec.tag_member:
        yield from lab.order()
        yield from lab.search()
        yield from lab.letter_case()
        yield from lab.past_end()


def delete_experiments(api: ResourceClient, made: Sequence[Record]) -> Iterator[Experiment]:
    """The experiments that delete one of the records."""
    lab = _Records(api, made)
    yield from lab.second_delete()


class _RecordLab(Lab):
    def _create(self, what: str, extra: Body, expected: Mapping[str, Claims]) -> Trial:
        api = self._api
        return Trial(what, lambda: api.try_create(**extra), expected)

    def _update(self, what: str, body: Body, expected: Mapping[str, Claims]) -> Trial:
        api, key = self._api, self._api.spec.key_of(self._made[0])
        return Trial(what, lambda: api.send(Role.UPDATE, key=key, body=body), expected)

    def _shown(self, record: Record) -> Callable[[], ReceivedResponse]:
        """The response that created a record, so that no further request is needed to see how it is shown."""
        return lambda: self._api.client.trace[record.step - 1].response

    def _unchanged(self, response: ReceivedResponse) -> Sequence[Claim]:
        """The update succeeds and leaves the record unchanged, except for the time of change."""
        moving = self._api.spec.made_by_server("time-of-change")
        before, after = (expressions.without(expressions.json(one), moving) for one in (self._made[0], response))
        return [accepted(response), self._api.expect.documented_part(("is", after, before))]


class _Bodies(_RecordLab):
    def unknown_fields(self) -> Iterator[Experiment]:
        spec = self._api.spec
        closed = spec.creating.schema.node.get("additionalProperties") is False
        ignored = self._ignored(_UNKNOWN_FIELD)
        expected: Mapping[str, Claims] = {_AS_SCHEMA: refused, "ignored": ignored, "stored": self._stored}
        trials = [self._create("A create with an unknown field", {_UNKNOWN_FIELD: "x"}, expected)]
        if spec.update_members:
            what = "An update of an unknown field"
            trials.append(self._update(what, {_UNKNOWN_FIELD: "x"}, {**expected, "ignored": self._unchanged}))
        if spec.has_lasting_keys:
            key = spec.resource.key
            ignored = self._ignored(key)
            expected = {_AS_SCHEMA: refused, "ignored": ignored, "stored": ignored}
            trials.append(self._create(f"A create with a {key}", {key: self._api.unknown_key()}, expected))
        phrases = {
            _AS_SCHEMA: REFUSED,
            "ignored": "is accepted, and the field ignored",
            "stored": "is accepted, and the field stored and shown",
        }
        yield from self._experiment(
            self._word("bodies/unknown-fields"), "ERROR-UNKNOWN-MEMBER", Role.CREATE, phrases, trials if closed else []
        )

    def _ignored(self, name: str) -> Claims:
        """The field of a create is ignored: not shown, and not stored."""

        def ignored(response: ReceivedResponse) -> Sequence[Claim]:
            sent = self._api.client.trace[response.step - 1].call.body
            value = sent.get(name) if isinstance(sent, dict) else None
            shown = expressions.json(response, join("", name))
            return [accepted(response), ("is not", shown, expressions.literal(value))]

        return ignored

    def _stored(self, response: ReceivedResponse) -> Sequence[Claim]:
        """The unknown field is shown, and by a get of the record too."""
        api = self._api
        shown = ("is", expressions.json(response, join("", _UNKNOWN_FIELD)), expressions.literal("x"))
        key = api.spec.resource.key_of(response.json) if isinstance(response.json, dict) else None
        if response.status >= 400 or key is None:
            return [accepted(response), shown]
        read = api.send(Role.READ, key=str(key))
        return [accepted(response), shown, ("is", expressions.json(read, join("", _UNKNOWN_FIELD)), shown[2])]

    def nulls(self) -> Iterator[Experiment]:
        spec = self._api.spec
        # Only the initial value of a new record distinguishes a null from an omitted field.
        optional = [
            rule.field
            for rule in spec.resource.fields.values()
            if isinstance(rule, InitialValue)
            and (name := rule.field) in spec.creating.members
            and name not in (*spec.creating.required, spec.tag_member)
            and not spec.creating.schema.is_valid({**spec.creating.least(self._api.numbers), name: None})
        ]
        trials = []
        for name in optional[:2]:
            usual = self._made[1].get(name) if name not in self._sent(self._made[1]) else None

            def left_out(response: ReceivedResponse, name: str = name, usual: object = usual) -> Sequence[Claim]:
                shown = expressions.json(response, join("", name))
                return [accepted(response), ("is", shown, expressions.literal(usual))]

            trials.append(
                self._create(f"A create with {name} null", {name: None}, {_AS_SCHEMA: refused, "left-out": left_out})
            )
        updating = spec.update_members.members if spec.update_members else {}
        for name in [name for name in updating if self._made[0].get(name) is not None][:1]:
            expected = {_AS_SCHEMA: refused, "left-out": self._unchanged}
            trials.append(self._update(f"An update of {name} to null", {name: None}, expected))
        phrases = {_AS_SCHEMA: REFUSED, "left-out": "is accepted, as if the field were left out"}
        yield from self._experiment(
            self._word("bodies/nulls"), "ERROR-TYPE", Role.CREATE, phrases, trials if optional else []
        )

    def _sent(self, record: Record) -> Body:
        body = self._api.client.trace[record.step - 1].call.body
        return body if isinstance(body, dict) else {}

    def empty_updates(self) -> Iterator[Experiment]:
        members = self._api.spec.update_members
        applies = members is not None and not members.schema.is_valid({})
        trials = [self._update("An update without fields", {}, {_AS_SCHEMA: refused, "accepted": self._unchanged})]
        phrases = {_AS_SCHEMA: REFUSED, "accepted": "is accepted and changes nothing"}
        yield from self._experiment(
            self._word("bodies/empty-updates"), "ERROR-REQUIRED", Role.UPDATE, phrases, trials * 2 if applies else []
        )

    def texts(self) -> Iterator[Experiment]:
        sent = self._sent(self._made[0])
        names = [name for name, value in sent.items() if isinstance(value, str) and "e\u0301" in value]
        ways: Mapping[str, Callable[[str], str]] = {
            "as-sent": str,
            "trimmed": str.strip,
            "normalized": lambda text: unicodedata.normalize("NFC", text),
        }
        trials = []
        for name in names:
            expected = {word: self._shows(name, way(str(sent[name]))) for word, way in ways.items()}
            trials.append(
                Trial(f"A text with spaces and a combining accent in {name}", self._shown(self._made[0]), expected)
            )
        phrases = {
            "as-sent": "is stored as it was sent",
            "trimmed": "is stored without the spaces",
            "normalized": "is stored in the normal form NFC",
        }
        yield from self._experiment(self._word("bodies/texts"), "CREATE-TEXT", Role.CREATE, phrases, trials)

    def _shows(self, name: str, text: str) -> Claims:
        def shows(response: ReceivedResponse) -> Sequence[Claim]:
            # A claim about the create as well keeps it in the reproduction.
            shown = expressions.depends_on(expressions.json(response, join("", name)), self._made[0])
            return [("is", shown, expressions.literal(text))]

        return shows


class _Records(_RecordLab):
    def nulls(self) -> Iterator[Experiment]:
        spec = self._api.spec
        names = [name for name in spec.resource.record.node.get("properties", {}) if self._made[1].get(name) is None]
        trials = []
        for name in names[:2]:
            expected = {"shown": self._has(name, shown=True), "left-out": self._has(name, shown=False)}
            trials.append(Trial(f"A {name} without a value", self._shown(self._made[1]), expected))
        phrases = {"shown": "is null", "left-out": "is left out"}
        yield from self._experiment(self._word("answers/nulls"), "SCHEMA-BODY", Role.READ, phrases, trials)

    def _has(self, name: str, *, shown: bool) -> Claims:
        def claims(response: ReceivedResponse) -> Sequence[Claim]:
            has = expressions.depends_on(expressions.has(expressions.json(response), name), self._made[1])
            return [("is", has, expressions.literal(shown))]

        return claims

    def times(self) -> Iterator[Experiment]:
        names = self._api.spec.made_by_server("time-of-creation", "time-of-change")
        trials = [
            Trial(
                f"{name} of a record",
                self._shown(self._made[1]),
                {form: self._in_form(name, form) for form in TIME_FORMS},
            )
            for name in names
        ]
        phrases = {form: f"is written in {form.replace('-', ' ')}" for form in TIME_FORMS}
        yield from self._experiment(self._word("answers/times"), "CREATE-TIMES", Role.READ, phrases, trials)

    def _in_form(self, name: str, form: str) -> Claims:
        precision, _, offset = form.partition("-")
        pattern = rf"^\d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\d{_FRACTIONS[precision]}{re.escape('+00:00') if offset else 'Z'}$"

        def claims(response: ReceivedResponse) -> Sequence[Claim]:
            shown = expressions.depends_on(expressions.json(response, join("", name)), self._made[1])
            return [("matches", shown, expressions.literal(pattern))]

        return claims

    def methods(self) -> Iterator[Experiment]:
        api, path = self._api, self._api.spec.resource.collection
        declared = {one.method for one in api.spec.contract.operations.values() if one.path == path}
        role = next(iter(api.spec.resource.operations))

        def sender(method: str) -> Callable[[], ReceivedResponse]:
            return lambda: api.client.send(Call(method, path))

        def status(wanted: int) -> Claims:
            return lambda response: [("is", expressions.status(response), expressions.literal(wanted))]

        refusal: Mapping[str, Claims] = {"refused": refused}
        head = {"as-get-without-body": lambda response: [accepted(response)], **refusal}
        options = {"allowed-methods": status(204), "allowed-methods-with-200": status(200), **refusal}
        if "GET" in declared and "HEAD" not in declared:
            phrases = {"as-get-without-body": "responds as GET does", "refused": REFUSED}
            yield from self._experiment(
                self._word("methods/head"), "HTTP-HEAD", role, phrases, [Trial(f"HEAD {path}", sender("HEAD"), head)]
            )
        if "OPTIONS" not in declared:
            phrases = {
                "allowed-methods": "returns 204",
                "allowed-methods-with-200": "returns 200",
                "refused": REFUSED,
            }
            yield from self._experiment(
                self._word("methods/options"),
                "HTTP-OPTIONS",
                role,
                phrases,
                [Trial(f"OPTIONS {path}", sender("OPTIONS"), options)],
            )

    def _search(self, what: str, text: str, **found: bool) -> Trial:
        """A search for a text of the second record, and for which values it finds the record."""
        api, record = self._api, self._made[1]

        expected = {word: self._list("holds" if finds else "lacks", record) for word, finds in found.items()}
        return Trial(what, lambda: api.send(Role.LIST, query={api.spec.search.parameter: text}), expected)

    def order(self) -> Iterator[Experiment]:
        """The texts of the three records are neither in the order of creation nor in its reverse."""
        api, order, name = self._api, self._api.spec.listing.order, str(self._api.spec.tag_member)
        by_text = sorted(self._made, key=lambda record: str(record.get(name)))
        orders = {
            "newest-first": self._made[::-1],
            "oldest-first": self._made,
            json.dumps({"by": name, "direction": "ascending"}): by_text,
            json.dumps({"by": name, "direction": "descending"}): by_text[::-1],
        }

        def in_order(records: Sequence[Record]) -> Claims:
            def claims(response: ReceivedResponse) -> Sequence[Claim]:
                keys = api.spec.listed_keys(api.listed(response))
                return [accepted(response), ("is", keys, api.spec.seen_keys(records))]

            return claims

        expected = {word: in_order(records) for word, records in orders.items()}
        query = {api.spec.search.parameter: api.tag}
        trials = [Trial("A list", lambda: api.send(Role.LIST, query=query), expected)]
        phrases = {word: f"is ordered {word}" if "{" not in word else f"is ordered by {name}" for word in orders}
        declared = "newest-first" if order.descending else "oldest-first"
        if order.by is not None:
            declared = json.dumps({"by": order.by, "direction": "descending" if order.descending else "ascending"})
        yield from self._experiment((order.pointer, declared), "LIST-ORDER", Role.LIST, phrases, trials)

    def search(self) -> Iterator[Experiment]:
        search, text = self._api.spec.search, self._text()
        trials = [
            self._search("A search for the middle of a text", text[4:-2], part=True, beginning=False, whole=False),
            self._search("A search for the beginning of a text", text[:-2], part=True, beginning=True, whole=False),
            self._search("A search for a whole text", text, part=True, beginning=True, whole=True),
        ]
        phrases = {"part": "finds it", "beginning": "finds only beginnings", "whole": "finds only whole texts"}
        pointer = join(search.pointer, "match")
        yield from self._experiment((pointer, search.match), "SEARCH-PARTS", Role.LIST, phrases, trials)

    def letter_case(self) -> Iterator[Experiment]:
        search, text = self._api.spec.search, self._text()
        trials = [
            self._search("A search in another letter case", text.swapcase(), ignored=True, significant=False),
            self._search("A search in the same letter case", text, ignored=True, significant=True),
            self._search("A search in capitals", text.upper(), ignored=True, significant=text == text.upper()),
        ]
        phrases = {"ignored": "finds the text", "significant": "does not find the text"}
        pointer, declared = join(search.pointer, "letter-case"), "ignored" if search.ignores_case else "significant"
        yield from self._experiment((pointer, declared), "SEARCH-CASE", Role.LIST, phrases, trials)

    def _text(self) -> str:
        """The text of the second record in the field of the tag."""
        return str(self._made[1].get(str(self._api.spec.tag_member)))

    def past_end(self) -> Iterator[Experiment]:
        api, paging = self._api, self._api.spec.listing.paging
        if paging is None:
            return

        def sender(number: int) -> Callable[[], ReceivedResponse]:
            query = {api.spec.search.parameter: api.tag, **api.page(number, api.size(2))}
            return lambda: api.send(Role.LIST, query=query)

        trials = [
            Trial(
                f"Page {number + 1} of {len(self._made)} records",
                sender(number),
                {"empty": self._empty, "refused": refused},
            )
            for number in (999, 2)
        ]
        phrases = {"empty": "is empty", "refused": REFUSED}
        declared = "refused" if paging.refuses_past_end else "empty"
        pointer = join(paging.pointer, "past-end")
        yield from self._experiment((pointer, declared), "LIST-PAST-END", Role.LIST, phrases, trials)

    def second_delete(self) -> Iterator[Experiment]:
        api, key = self._api, self._api.spec.key_of(self._made[2])

        def send() -> ReceivedResponse:
            if key not in api.ledger.gone.get(api.spec.resource.name, ()):
                api.delete(self._made[2])
            return api.send(Role.DELETE, key=key)

        def unknown() -> ReceivedResponse:
            return api.send(Role.DELETE, key=api.unknown_key())

        expected: Mapping[str, Claims] = {"refused": refused, "accepted": lambda response: [accepted(response)]}
        trials = [Trial("A second delete", send, expected), Trial("A delete of an unknown key", unknown, expected)]
        phrases = {"refused": REFUSED, "accepted": _ACCEPTED}
        if api.spec.has_lasting_keys:
            yield from self._experiment(
                self._word("deletes/unknown-record"), "DELETE-UNKNOWN", Role.DELETE, phrases, trials
            )
