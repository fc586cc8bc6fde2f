"""The calls of the check, with the client of openapi-generator for Python."""

import sys
from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from uuid import uuid4

from clinics_edge_client import (
    ApiClient,
    BasalScheduledV1,
    BasalV1,
    BolusIngestionV1,
    BolusNormalIngestionV1,
    BolusNormalV1,
    BolusV1,
    CbgIngestionV1,
    CbgV1,
    ClinicsApi,
    Configuration,
    DataSetCreationV1,
    DataSetUpdateV1,
    DatumIngestionV1,
    DeviceDataApi,
    DeviceEventIngestionV1,
    DeviceEventPrimeCannulaIngestionV1,
    DeviceEventPrimeIngestionV1,
    ErrorV1,
    PatientInputV1,
    PatientsApi,
)
from clinics_edge_client.exceptions import NotFoundException

host, token, clinic_id, clinic_name, person_id = sys.argv[1:]
client = ApiClient(Configuration(host=host, api_key={"sessionToken": token}))
clinics, patients, device_data = ClinicsApi(client), PatientsApi(client), DeviceDataApi(client)


def call(name: str, body: Callable[[], None]) -> None:
    body()
    print(f"called {name}")


def list_patients() -> None:
    page = patients.list_patients(
        clinic_id,
        cgm_time_in_very_low_percent=">0.001",
        sort="-timeInVeryLowPercent",
        sort_type="cgm",
        period="14d",
        limit=3,
    )
    percents: list[float] = []
    for patient in page.data:
        assert patient.summary and patient.summary.cgm_stats and patient.summary.cgm_stats.periods
        percents.append(float(patient.summary.cgm_stats.periods["14d"].time_in_very_low_percent or 0))
    assert len(percents) > 1 and page.meta.count is not None and page.meta.count >= len(percents)
    assert all(it > 0.001 for it in percents) and percents == sorted(percents, reverse=True)


call("list patients, filtered and ordered", list_patients)


def read_clinic() -> None:
    clinic = clinics.get_clinic(clinic_id)
    assert clinic.name == clinic_name
    assert clinic.preferred_bg_units == "mg/dL"
    assert isinstance(clinic.created_time, datetime)


call("read a clinic: an enum, a time", read_clinic)


def query_data() -> None:
    since = datetime.now(timezone.utc) - timedelta(days=2)
    found = device_data.query_data(person_id, type="basal,bolus,cbg,deviceEvent,food,smbg,upload,wizard", start_date=since)
    data = [it.actual_instance for it in found]
    cbg = [it for it in data if isinstance(it, CbgV1)]
    basal = [it.actual_instance for it in data if isinstance(it, BasalV1)]
    bolus = [it.actual_instance for it in data if isinstance(it, BolusV1)]
    assert len(cbg) > 100 and all(it.units == "mmol/L" and it.value > 1 for it in cbg)
    assert any(isinstance(it, BasalScheduledV1) and it.duration > 0 for it in basal)
    assert any(isinstance(it, BolusNormalV1) and it.normal is not None and it.normal > 0 for it in bolus)


call("query data of several types", query_data)


def page_through_data() -> None:
    first = device_data.query_data_with_http_info(person_id, type="cbg", limit=2)
    assert first.headers is not None
    second = device_data.query_data(person_id, type="cbg", limit=2, cursor=first.headers["x-next-cursor"])
    data = [it.actual_instance for it in [*first.data, *second]]
    assert len({it.id for it in data if isinstance(it, CbgV1)}) == 4


call("page through data by a header", page_through_data)


def ask_for_the_time() -> None:
    assert abs(device_data.get_time().data.time - datetime.now(timezone.utc)) < timedelta(minutes=1)


call("ask for the time", ask_for_the_time)

wanted = PatientInputV1(fullName="Tove Berg", birthDate=date(1990, 2, 3), mrn="PY-1", tags=None)
key = str(uuid4())
patient = patients.create_patient_account(clinic_id, wanted, idempotency_key=key)


def create() -> None:
    assert patient.full_name == "Tove Berg" and patient.birth_date == date(1990, 2, 3)
    assert patient.email is None and patient.tags == []


call("create a patient", create)


def create_again() -> None:
    again = patients.create_patient_account_with_http_info(clinic_id, wanted, idempotency_key=key)
    assert again.data.id == patient.id and again.headers is not None
    assert again.headers["idempotent-replayed"] == "true"


call("create it once more with the same key", create_again)


def update() -> None:
    changed = wanted.model_copy(update={"full_name": "Tove Lind", "target_devices": ["dexcom"]})
    assert patients.update_patient(clinic_id, patient.id, changed).full_name == "Tove Lind"
    assert patients.get_patient(clinic_id, patient.id).target_devices == ["dexcom"]


call("update the patient", update)


def add_data() -> None:
    data_set = device_data.open_data_set(patient.id, DataSetCreationV1(deviceId="P-1")).data
    at = datetime.now(timezone.utc)
    cbg = CbgIngestionV1(type="cbg", time=at, deviceId="P-1", units="mg/dL", value=120)
    prime = DeviceEventPrimeCannulaIngestionV1(
        type="deviceEvent", subType="prime", primeTarget="cannula", volume=0.5, time=at, deviceId="P-1"
    )
    bolus = BolusNormalIngestionV1(type="bolus", subType="normal", normal=2, time=at, deviceId="P-1")
    device_data.add_data(
        data_set.id,
        [
            DatumIngestionV1(cbg),
            DatumIngestionV1(DeviceEventIngestionV1(DeviceEventPrimeIngestionV1(prime))),
            DatumIngestionV1(BolusIngestionV1(bolus)),
        ],
    )
    device_data.update_data_set(data_set.id, data_set_update_v1=DataSetUpdateV1(state="closed"))
    stored = device_data.query_data(patient.id, type="cbg,deviceEvent,bolus")
    assert sorted(type(it.actual_instance).__name__ for it in stored) == ["BolusV1", "CbgV1", "DeviceEventV1"]


call("add data of several types", add_data)


def delete() -> None:
    assert patients.delete_patient_with_http_info(clinic_id, patient.id).status_code == 204


call("delete the patient", delete)


def be_refused() -> None:
    try:
        patients.get_patient(clinic_id, patient.id)
    except NotFoundException as refused:
        assert refused.status == 404
        assert isinstance(refused.data, ErrorV1) and refused.data.code == 404 and refused.data.message
    else:
        raise AssertionError("the patient is still there")


call("be refused, with a typed error", be_refused)
