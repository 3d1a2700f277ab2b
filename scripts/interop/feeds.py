"""The Python package `icalendar` reads the feed of a year's duties.

    feeds.py <the example `feed`> <catalogue folder>
"""

import datetime, subprocess, sys

import icalendar

feed, catalogue = sys.argv[1:]
text = subprocess.run([feed, catalogue, "2026"], capture_output=True, check=True).stdout
assert all(len(line) <= 75 for line in text.split(b"\r\n")) and b"\n" not in text.replace(b"\r\n", b"")
(calendar,) = icalendar.Calendar.from_ical(text, multiple=True)
assert not [c.errors for c in calendar.walk() if c.errors], "the reader found errors"

todos, (event,) = calendar.todos, calendar.events
assert len({str(todo["UID"]) for todo in todos}) == len(todos) > 700
for todo in todos:
    assert type(todo.decoded("DUE")) is datetime.date and str(todo["SUMMARY"])
    # A reader refuses a to-do that ends where it begins.
    assert "DTSTART" not in todo or todo.decoded("DTSTART") < todo.decoded("DUE")
    alarms = [alarm.decoded("TRIGGER") for alarm in todo.subcomponents]
    assert alarms and all(a.tzinfo is not None for a in alarms)
(check,) = [t for t in todos if str(t["UID"]) == "yearly_check/2026/company@jingui.example"]
assert check.decoded("DUE") == datetime.date(2026, 12, 15) and str(check["SUMMARY"]) == "年度保密检查"

assert event.decoded("DTSTART").isoformat() == "2026-01-01T09:30:00+08:00"
assert str(event["SUMMARY"]) == 'A; b, c\\d\n"é" 🗓' * 9
assert [str(c) for c in event["CATEGORIES"].cats] == ["one, two", "three"] and event["SEQUENCE"] == 3

# What it writes of it says the same.
again = icalendar.Calendar.from_ical(calendar.to_ical())
assert [dict(c.property_items()) for c in again.walk("VTODO")] == [dict(c.property_items()) for c in todos]
