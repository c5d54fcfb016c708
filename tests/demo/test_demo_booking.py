"""Book, look up and cancel, as a citizen does."""

import asyncio
import re
from datetime import date

import pytest

GOOD = {
    "branch": "homs",
    "date": "2026-11-26",
    "full_name": "سارة محمود الحسن",
    "national_id": "01234567890",
    "phone": "0944123456",
}


def person(number: int) -> dict[str, str]:
    return GOOD | {"national_id": f"{number:011d}"}


async def reference_of(answer) -> str:
    return re.search(r'id="reference">([A-Z0-9]+)<', await answer.text())[1]


async def test_books_a_place_and_shows_its_reference(serve) -> None:
    client = await serve(places=3)
    answer = await client.post("/booking/confirm", data=GOOD)
    assert answer.status == 201
    assert len(await reference_of(answer)) == 8
    page = await answer.text()
    assert "سارة محمود الحسن" in page
    assert "الخميس 26 تشرين الثاني 2026" in page
    left = await (await client.get("/api/availability")).json()
    assert left["branches"][2]["left"]["2026-11-26"] == 2


async def test_the_day_is_full_and_stays_so(serve) -> None:
    client = await serve(places=2)
    statuses = [(await client.post("/booking/confirm", data=person(n))).status for n in range(1, 5)]
    assert statuses == [201, 201, 409, 409]
    other_day = person(5) | {"date": "2026-11-29"}
    other_branch = person(6) | {"branch": "aleppo"}
    assert (await client.post("/booking/confirm", data=other_day)).status == 201
    assert (await client.post("/booking/confirm", data=other_branch)).status == 201


async def test_a_person_has_one_booking(serve) -> None:
    client = await serve()
    await client.post("/booking/confirm", data=GOOD)
    answer = await client.post("/booking/confirm?lang=en", data=GOOD | {"date": "2026-11-29"})
    assert answer.status == 409
    assert "already has an appointment" in await answer.text()


async def test_a_person_may_book_again_when_the_day_has_passed(serve) -> None:
    today = [date(2026, 11, 25)]
    client = await serve(today=lambda: today[0])
    assert (await client.post("/booking/confirm", data=GOOD)).status == 201
    today[0] = date(2026, 11, 26)
    again = GOOD | {"date": "2026-11-29"}
    assert (await client.post("/booking/confirm", data=again)).status == 409
    today[0] = date(2026, 11, 27)
    assert (await client.post("/booking/confirm", data=again)).status == 201


async def test_wrong_fields_come_back_with_what_was_written(serve) -> None:
    client = await serve()
    wrong = GOOD | {"national_id": "123", "full_name": "<b>", "branch": "paris"}
    answer = await client.post("/booking/confirm", data=wrong)
    assert answer.status == 422
    page = await answer.text()
    assert 'value="123"' in page
    assert ' aria-invalid="true" aria-describedby="national_id-hint national_id-error">' in page
    assert ' required aria-invalid="true" aria-describedby="branch-error">' in page
    assert 'id="national_id-error"' in page
    assert 'id="phone-error"' not in page
    assert "<b>" not in page


async def test_never_more_bookings_than_places(serve) -> None:
    client = await serve(places=50)
    answers = await asyncio.gather(
        *(client.post("/booking/confirm", data=person(n)) for n in range(200))
    )
    statuses = [answer.status for answer in answers]
    assert statuses.count(201) == 50
    assert statuses.count(409) == 150
    left = await (await client.get("/api/availability")).json()
    assert left["branches"][2]["left"]["2026-11-26"] == 0


async def test_one_person_at_once_many_times_has_one_booking(serve) -> None:
    client = await serve(places=50)
    answers = await asyncio.gather(*(client.post("/booking/confirm", data=GOOD) for _ in range(20)))
    assert sorted(answer.status for answer in answers) == [201] + [409] * 19


async def test_two_sites_on_one_file_share_the_places(serve, tmp_path) -> None:
    one, other = [await serve(places=5, database=str(tmp_path / "demo.db")) for _ in range(2)]
    answers = await asyncio.gather(
        *((one, other)[n % 2].post("/booking/confirm", data=person(n)) for n in range(20))
    )
    assert [answer.status for answer in answers].count(201) == 5


@pytest.mark.parametrize(
    ("change", "status"),
    [
        pytest.param({}, 200, id="both right"),
        pytest.param({"national_id": "01234567891"}, 404, id="another person's number"),
        pytest.param({"reference": "AAAAAAAA"}, 404, id="another reference"),
        pytest.param({"reference": ""}, 404, id="no reference"),
    ],
)
@pytest.mark.parametrize("path", ["/booking/mine", "/booking/cancel"])
async def test_needs_reference_and_number_together(serve, path, change, status) -> None:
    client = await serve()
    reference = await reference_of(await client.post("/booking/confirm", data=GOOD))
    key = {"reference": reference, "national_id": GOOD["national_id"]}
    assert (await client.post(path, data=key | change)).status == status


async def test_a_reference_may_be_typed_in_small_letters(serve) -> None:
    client = await serve()
    reference = await reference_of(await client.post("/booking/confirm", data=GOOD))
    key = {"reference": f" {reference.lower()} ", "national_id": GOOD["national_id"]}
    answer = await client.post("/booking/mine", data=key)
    assert answer.status == 200
    assert reference in await answer.text()


async def test_a_cancelled_place_is_free_again(serve) -> None:
    client = await serve(places=1)
    reference = await reference_of(await client.post("/booking/confirm", data=person(1)))
    key = {"reference": reference, "national_id": person(1)["national_id"]}
    assert (await client.post("/booking/confirm", data=person(2))).status == 409
    assert (await client.post("/booking/cancel", data=key)).status == 200
    assert (await client.post("/booking/cancel", data=key)).status == 404
    assert (await client.post("/booking/confirm", data=person(2))).status == 201


async def test_bookings_outlive_the_site(serve, tmp_path) -> None:
    file = str(tmp_path / "demo.db")
    first = await serve(database=file)
    reference = await reference_of(await first.post("/booking/confirm", data=GOOD))
    await first.close()
    second = await serve(database=file)
    key = {"reference": reference, "national_id": GOOD["national_id"]}
    assert (await second.post("/booking/mine", data=key)).status == 200


async def test_the_form_is_chosen_beforehand(serve) -> None:
    client = await serve()
    page = await (await client.get("/booking/?branch=homs&date=2026-11-29")).text()
    assert '<option value="homs" selected>' in page
    assert '<option value="2026-11-29" selected>' in page
    assert page.count(" selected") == 2


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/booking", "/booking/"),
        ("/booking/confirm", "/booking/"),
        ("/booking/cancel", "/booking/mine"),
    ],
)
async def test_addresses_of_answers_lead_back(serve, path, target) -> None:
    client = await serve()
    answer = await client.get(path, allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (303, target)
