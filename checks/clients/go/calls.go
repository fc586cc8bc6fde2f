// The calls of the check, with the client of openapi-generator for Go.
package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strconv"
	"time"

	"clinics-edge/checks/clients/go/clinics"
)

func must(holds bool, what string) {
	if !holds {
		panic(what)
	}
}

func got[T any](value T, _ *http.Response, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func call(name string, body func()) {
	body()
	fmt.Println("called " + name)
}

func main() {
	baseURL, token, clinicId, clinicName, personId := os.Args[1], os.Args[2], os.Args[3], os.Args[4], os.Args[5]
	configuration := clinics.NewConfiguration()
	configuration.Servers = clinics.ServerConfigurations{{URL: baseURL}}
	api := clinics.NewAPIClient(configuration)
	keys := map[string]clinics.APIKey{"sessionToken": {Key: token}}
	ctx := context.WithValue(context.Background(), clinics.ContextAPIKeys, keys)

	call("list patients, filtered and ordered", func() {
		page := got(api.PatientsAPI.ListPatients(ctx, clinicId).CgmTimeInVeryLowPercent(">0.001").
			Sort("-timeInVeryLowPercent").SortType("cgm").Period("14d").Limit(3).Execute())
		var percents []float32
		for _, patient := range page.Data {
			period := (*patient.Summary.CgmStats).Periods["14d"]
			percents = append(percents, -period.GetTimeInVeryLowPercent())
		}
		must(len(percents) > 1 && slices.IsSorted(percents) && slices.Max(percents) < -0.001, "the filter and the order")
		must(int(page.Meta.GetCount()) >= len(percents), "the count")
	})

	call("read a clinic: an enum, a time", func() {
		clinic := got(api.ClinicsAPI.GetClinic(ctx, clinicId).Execute())
		must(clinic.Name == clinicName && clinic.PreferredBgUnits == "mg/dL" && clinic.CreatedTime.Year() > 2000, "the clinic")
	})

	call("query data of several types", func() {
		since := time.Now().Add(-48 * time.Hour)
		data := got(api.DeviceDataAPI.QueryData(ctx, personId).Type_("basal,bolus,cbg,deviceEvent,food,smbg,upload,wizard").StartDate(since).Execute())
		readings, scheduled, normal := 0, 0, 0
		for _, datum := range data {
			switch it := datum.GetActualInstance().(type) {
			case *clinics.CbgV1:
				must(it.Units == "mmol/L" && it.Value > 1, "a reading")
				readings++
			case *clinics.BasalV1:
				if it.BasalScheduledV1 != nil && it.BasalScheduledV1.Duration > 0 {
					scheduled++
				}
			case *clinics.BolusV1:
				if it.BolusNormalV1 != nil && it.BolusNormalV1.GetNormal() > 0 {
					normal++
				}
			}
		}
		must(readings > 100 && scheduled > 0 && normal > 0, "data of each type")
	})

	call("page through data by a header", func() {
		query := api.DeviceDataAPI.QueryData(ctx, personId).Type_("cbg").Limit(2)
		first, answer, err := query.Execute()
		must(err == nil, "the first page")
		second := got(query.Cursor(answer.Header.Get("x-next-cursor")).Execute())
		ids := map[string]bool{}
		for _, datum := range append(first, second...) {
			ids[datum.CbgV1.Id] = true
		}
		must(len(ids) == 4, "four different data")
	})

	call("ask for the time", func() {
		now := got(api.DeviceDataAPI.GetTime(ctx).Execute())
		must(time.Since(now.Data.Time).Abs() < time.Minute, "the time")
	})

	wanted := *clinics.NewPatientInputV1("Tove Berg", "1990-02-03")
	wanted.SetMrn("GO-1")
	key := "go-" + strconv.FormatInt(time.Now().UnixNano(), 10)
	create := api.PatientsAPI.CreatePatientAccount(ctx, clinicId).PatientInputV1(wanted).IdempotencyKey(key)
	patient := got(create.Execute())

	call("create a patient", func() {
		must(patient.FullName == "Tove Berg" && patient.BirthDate == "1990-02-03", "the patient")
		must(!patient.HasEmail() && patient.Tags != nil && len(patient.Tags) == 0, "what is absent and what is empty")
	})

	call("create it once more with the same key", func() {
		again, answer, err := create.Execute()
		must(err == nil && again.Id == patient.Id && answer.Header.Get("idempotent-replayed") == "true", "the same answer")
	})

	call("update the patient", func() {
		wanted.SetFullName("Tove Lind")
		wanted.SetTargetDevices([]string{"dexcom"})
		updated := got(api.PatientsAPI.UpdatePatient(ctx, clinicId, patient.Id).PatientInputV1(wanted).Execute())
		must(updated.FullName == "Tove Lind", "the name")
		read := got(api.PatientsAPI.GetPatient(ctx, clinicId, patient.Id).Execute())
		must(slices.Equal(read.TargetDevices, []string{"dexcom"}), "the devices")
	})

	call("add data of several types", func() {
		device := clinics.NewDataSetCreationV1()
		device.SetDeviceId("P-1")
		set := got(api.DeviceDataAPI.OpenDataSet(ctx, patient.Id).DataSetCreationV1(*device).Execute()).Data
		at := time.Now().UTC()
		cbg := clinics.NewCbgIngestionV1("cbg", at, "mg/dL", 120)
		cannula := clinics.NewDeviceEventPrimeCannulaIngestionV1("deviceEvent", "prime", at, "cannula", 0.5)
		normal := clinics.NewBolusNormalIngestionV1("bolus", "normal", at, 2)
		cbg.SetDeviceId("P-1")
		cannula.SetDeviceId("P-1")
		normal.SetDeviceId("P-1")
		prime := clinics.DeviceEventPrimeCannulaIngestionV1AsDeviceEventPrimeIngestionV1(cannula)
		event := clinics.DeviceEventPrimeIngestionV1AsDeviceEventIngestionV1(&prime)
		bolus := clinics.BolusNormalIngestionV1AsBolusIngestionV1(normal)
		got(api.DeviceDataAPI.AddData(ctx, set.Id).DatumIngestionV1([]clinics.DatumIngestionV1{
			clinics.CbgIngestionV1AsDatumIngestionV1(cbg),
			clinics.DeviceEventIngestionV1AsDatumIngestionV1(&event),
			clinics.BolusIngestionV1AsDatumIngestionV1(&bolus),
		}).Execute())
		closed := clinics.NewDataSetUpdateV1()
		closed.SetState("closed")
		got(api.DeviceDataAPI.UpdateDataSet(ctx, set.Id).DataSetUpdateV1(*closed).Execute())
		stored := got(api.DeviceDataAPI.QueryData(ctx, patient.Id).Type_("cbg,deviceEvent,bolus").Execute())
		kinds := map[string]bool{}
		for _, datum := range stored {
			kinds[fmt.Sprintf("%T", datum.GetActualInstance())] = true
		}
		must(len(stored) == 3 && len(kinds) == 3, "three data of three types")
	})

	call("delete the patient", func() {
		answer, err := api.PatientsAPI.DeletePatient(ctx, clinicId, patient.Id).Execute()
		must(err == nil && answer.StatusCode == http.StatusNoContent, "204")
	})

	call("be refused, with a typed error", func() {
		_, answer, err := api.PatientsAPI.GetPatient(ctx, clinicId, patient.Id).Execute()
		var refused *clinics.GenericOpenAPIError
		must(answer.StatusCode == http.StatusNotFound && errors.As(err, &refused), "404")
		body, isTyped := refused.Model().(clinics.ErrorV1)
		must(isTyped && body.Code == http.StatusNotFound && body.Message != "", "the error")
	})
}
