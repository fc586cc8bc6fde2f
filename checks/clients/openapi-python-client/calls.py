"""The calls of the check, with the client of openapi-python-client."""

import sys
from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from http import HTTPStatus
from uuid import uuid4

from clinics_edge_client import AuthenticatedClient
from clinics_edge_client.api.clinics import get_clinic
from clinics_edge_client.api.device_data import add_data, get_time, open_data_set, query_data, update_data_set
from clinics_edge_client.api.patients import (
    create_patient_account,
    delete_patient,
    get_patient,
    list_patients,
    update_patient,
)
from clinics_edge_client.models import (
    BasalScheduledV1,
    BolusNormalIngestionV1,
    BolusNormalIngestionV1SubType,
    BolusNormalIngestionV1Type,
    BolusNormalV1,
    CbgIngestionV1,
    CbgIngestionV1Type,
    CbgIngestionV1Units,
    CbgV1,
    CbgV1Units,
    ClinicV1,
    ClinicV1PreferredBgUnits,
    DataSetCreationV1,
    DataSetUpdateV1,
    DataSetUpdateV1State,
    DeviceEventPrimeCannulaIngestionV1,
    DeviceEventPrimeCannulaIngestionV1PrimeTarget,
    DeviceEventPrimeCannulaIngestionV1SubType,
    DeviceEventPrimeCannulaIngestionV1Type,
    DeviceEventPrimeCannulaV1,
    ErrorV1,
    GetTimeResponse200,
    ListPatientsSort,
    OpenDataSetResponse201,
    PatientInputV1,
    PatientsResponseV1,
    PatientV1,
)
from clinics_edge_client.types import Unset

base_url, token, clinic_id, clinic_name, person_id = sys.argv[1:]
client = AuthenticatedClient(base_url, token=token, prefix="", auth_header_name="x-tidepool-session-token")


def call(name: str, body: Callable[[], None]) -> None:
    body()
    print(f"called {name}")


def list_some() -> None:
    page = list_patients.sync(
        clinic_id,
        client=client,
        cgm_time_in_very_low_percent=">0.001",
        sort=ListPatientsSort("-timeInVeryLowPercent"),
        sort_type="cgm",
        period="14d",
        limit=3,
    )
    assert isinstance(page, PatientsResponseV1)
    percents: list[float] = []
    for patient in page.data:
        assert not isinstance(patient.summary, Unset) and not isinstance(patient.summary.cgm_stats, Unset)
        assert not isinstance(patient.summary.cgm_stats.periods, Unset)
        percent = patient.summary.cgm_stats.periods["14d"].time_in_very_low_percent
        assert not isinstance(percent, Unset)
        percents.append(percent)
    assert len(percents) > 1 and not isinstance(page.meta.count, Unset) and page.meta.count >= len(percents)
    assert all(it > 0.001 for it in percents) and percents == sorted(percents, reverse=True)


call("list patients, filtered and ordered", list_some)


def read_clinic() -> None:
    clinic = get_clinic.sync(clinic_id, client=client)
    assert isinstance(clinic, ClinicV1)
    assert clinic.name == clinic_name
    assert clinic.preferred_bg_units is ClinicV1PreferredBgUnits.MGDL
    assert isinstance(clinic.created_time, datetime)


call("read a clinic: an enum, a time", read_clinic)


def query() -> None:
    since = datetime.now(timezone.utc) - timedelta(days=2)
    data = query_data.sync(person_id, client=client, type_="basal,bolus,cbg,deviceEvent,food,smbg,upload,wizard", start_date=since)
    assert isinstance(data, list)
    cbg = [it for it in data if isinstance(it, CbgV1)]
    assert len(cbg) > 100 and all(it.units is CbgV1Units.MMOLL and it.value > 1 for it in cbg)
    assert any(isinstance(it, BasalScheduledV1) and it.duration > 0 for it in data)
    assert any(isinstance(it, BolusNormalV1) and not isinstance(it.normal, Unset) and it.normal > 0 for it in data)


call("query data of several types", query)


def page_through_data() -> None:
    first = query_data.sync_detailed(person_id, client=client, type_="cbg", limit=2)
    cursor = first.headers["x-next-cursor"]
    second = query_data.sync(person_id, client=client, type_="cbg", limit=2, cursor=cursor)
    assert isinstance(first.parsed, list) and isinstance(second, list)
    assert len({it.id for it in [*first.parsed, *second] if isinstance(it, CbgV1)}) == 4


call("page through data by a header", page_through_data)


def ask_for_the_time() -> None:
    answer = get_time.sync(client=client)
    assert isinstance(answer, GetTimeResponse200)
    assert abs(answer.data.time - datetime.now(timezone.utc)) < timedelta(minutes=1)


call("ask for the time", ask_for_the_time)

wanted = PatientInputV1(full_name="Tove Berg", birth_date=date(1990, 2, 3), mrn="OPC-1", tags=None)
key = str(uuid4())
created = create_patient_account.sync(clinic_id, client=client, body=wanted, idempotency_key=key)
assert isinstance(created, PatientV1)
patient = created


def create() -> None:
    assert patient.full_name == "Tove Berg" and patient.birth_date == date(1990, 2, 3)
    assert isinstance(patient.email, Unset) and patient.tags == []


call("create a patient", create)


def create_again() -> None:
    again = create_patient_account.sync_detailed(clinic_id, client=client, body=wanted, idempotency_key=key)
    assert isinstance(again.parsed, PatientV1) and again.parsed.id == patient.id
    assert again.headers["idempotent-replayed"] == "true"


call("create it once more with the same key", create_again)


def update() -> None:
    changed = PatientInputV1.from_dict({**wanted.to_dict(), "fullName": "Tove Lind", "targetDevices": ["dexcom"]})
    updated = update_patient.sync(clinic_id, patient.id, client=client, body=changed)
    assert isinstance(updated, PatientV1) and updated.full_name == "Tove Lind"
    read = get_patient.sync(clinic_id, patient.id, client=client)
    assert isinstance(read, PatientV1) and read.target_devices == ["dexcom"]


call("update the patient", update)


def add() -> None:
    opened = open_data_set.sync(patient.id, client=client, body=DataSetCreationV1(device_id="P-1"))
    assert isinstance(opened, OpenDataSetResponse201)
    at = datetime.now(timezone.utc)
    cbg = CbgIngestionV1(CbgIngestionV1Type.CBG, at, CbgIngestionV1Units.MG_D_L, 120, device_id="P-1")
    prime = DeviceEventPrimeCannulaIngestionV1(
        DeviceEventPrimeCannulaIngestionV1Type.DEVICEEVENT,
        DeviceEventPrimeCannulaIngestionV1SubType.PRIME,
        at,
        DeviceEventPrimeCannulaIngestionV1PrimeTarget.CANNULA,
        0.5,
        device_id="P-1",
    )
    bolus = BolusNormalIngestionV1(
        BolusNormalIngestionV1Type.BOLUS, BolusNormalIngestionV1SubType.NORMAL, at, normal=2, device_id="P-1"
    )
    added = add_data.sync_detailed(opened.data.id, client=client, body=[cbg, prime, bolus])
    assert added.status_code is HTTPStatus.OK
    update_data_set.sync(opened.data.id, client=client, body=DataSetUpdateV1(state=DataSetUpdateV1State.CLOSED))
    stored = query_data.sync(patient.id, client=client, type_="cbg,deviceEvent,bolus")
    assert isinstance(stored, list)
    assert {type(it) for it in stored} == {BolusNormalV1, CbgV1, DeviceEventPrimeCannulaV1}


call("add data of several types", add)


def delete() -> None:
    answer = delete_patient.sync_detailed(clinic_id, patient.id, client=client)
    assert answer.status_code is HTTPStatus.NO_CONTENT


call("delete the patient", delete)


def be_refused() -> None:
    refused = get_patient.sync_detailed(clinic_id, patient.id, client=client)
    assert refused.status_code is HTTPStatus.NOT_FOUND
    assert isinstance(refused.parsed, ErrorV1) and refused.parsed.code == 404 and refused.parsed.message


call("be refused, with a typed error", be_refused)
