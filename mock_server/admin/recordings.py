"""/__mock/requests.har: the journal as an archive."""

from __future__ import annotations

from flask import Blueprint, Response, request

from mock_server.admin.blueprint import AdminContext
from mock_server.admin.journal import selected_entries
from mock_server.http.faults import SILENT
from mock_server.recording.har import archive


def add_recordings(blueprint: Blueprint, context: AdminContext) -> None:
    """Add the view of the archive."""

    @blueprint.get("/requests.har")
    def export_archive() -> Response:
        record = context.mock.recorder.journal_entry
        _, newest_first = selected_entries(context, request.args)
        entries = [record(entry) for entry in reversed(newest_first) if entry.notes.fault not in SILENT]
        headers = {"Content-Disposition": 'attachment; filename="requests.har"'}
        return Response(archive(entries), content_type="application/json", headers=headers)
