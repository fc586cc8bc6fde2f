// The calls of the check, with the client of oapi-codegen.
package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strconv"
	"time"

	"github.com/oapi-codegen/runtime/types"

	"clinics-edge/checks/clients/oapi-codegen/clinics"
)

func must(holds bool, what string) {
	if !holds {
		panic(what)
	}
}

func got[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func ptr[T any](value T) *T { return &value }

func call(name string, body func()) {
	body()
	fmt.Println("called " + name)
}

func main() {
	baseURL, token, clinicId, clinicName, personId := os.Args[1], os.Args[2], os.Args[3], os.Args[4], os.Args[5]
	ctx := context.Background()
	signed := func(_ context.Context, request *http.Request) error {
		request.Header.Set("x-tidepool-session-token", token)
		return nil
	}
	api := got(clinics.NewClientWithResponses(baseURL, clinics.WithRequestEditorFn(signed)))

	call("list patients, filtered and ordered", func() {
		sort := clinics.ListPatientsParamsSort("-timeInVeryLowPercent")
		page := got(api.ListPatientsWithResponse(ctx, clinicId, &clinics.ListPatientsParams{
			CgmTimeInVeryLowPercent: ptr(">0.001"), Sort: &sort, SortType: ptr("cgm"), Period: ptr("14d"), Limit: ptr(3),
		})).JSON200
		var percents []float64
		for _, patient := range page.Data {
			percents = append(percents, -float64(*(*patient.Summary.CgmStats.Periods)["14d"].TimeInVeryLowPercent))
		}
		must(len(percents) > 1 && slices.IsSorted(percents) && slices.Max(percents) < -0.001, "the filter and the order")
		must(page.Meta.Count >= len(percents), "the count")
	})

	call("read a clinic: an enum, a time", func() {
		clinic := got(api.GetClinicWithResponse(ctx, clinicId, nil)).JSON200
		must(clinic.Name == clinicName && clinic.CreatedTime.Year() > 2000, "the clinic")
		must(clinic.PreferredBgUnits.Valid() && clinic.PreferredBgUnits == "mg/dL", "the unit")
	})

	call("query data of several types", func() {
		since := time.Now().Add(-48 * time.Hour)
		data := *got(api.QueryDataWithResponse(ctx, personId, &clinics.QueryDataParams{
			Type: ptr("basal,bolus,cbg,deviceEvent,food,smbg,upload,wizard"), StartDate: &since,
		})).JSON200
		readings, scheduled, normal := 0, 0, 0
		for _, datum := range data {
			switch it := got(datum.ValueByDiscriminator()).(type) {
			case clinics.CbgV1:
				must(it.Units == "mmol/L" && it.Value > 1, "a reading")
				readings++
			case clinics.BasalV1:
				if basal, is := got(it.ValueByDiscriminator()).(clinics.BasalScheduledV1); is && basal.Duration > 0 {
					scheduled++
				}
			case clinics.BolusV1:
				if bolus, is := got(it.ValueByDiscriminator()).(clinics.BolusNormalV1); is && bolus.Normal > 0 {
					normal++
				}
			}
		}
		must(readings > 100 && scheduled > 0 && normal > 0, "data of each type")
	})

	call("page through data by a header", func() {
		query := clinics.QueryDataParams{Type: ptr("cbg"), Limit: ptr(2)}
		first := got(api.QueryDataWithResponse(ctx, personId, &query))
		query.Cursor = first.Headers200.XNextCursor
		second := got(api.QueryDataWithResponse(ctx, personId, &query))
		ids := map[string]bool{}
		for _, datum := range append(*first.JSON200, *second.JSON200...) {
			ids[got(datum.AsCbgV1()).Id] = true
		}
		must(len(ids) == 4, "four different data")
	})

	call("ask for the time", func() {
		now := got(api.GetTimeWithResponse(ctx, nil)).JSON200
		must(time.Since(now.Data.Time).Abs() < time.Minute, "the time")
	})

	born := types.Date{Time: time.Date(1990, time.February, 3, 0, 0, 0, 0, time.UTC)}
	wanted := clinics.PatientInputV1{FullName: "Tove Berg", BirthDate: born, Mrn: ptr("OC-1")}
	key := "oapi-codegen-" + strconv.FormatInt(time.Now().UnixNano(), 10)
	withKey := clinics.CreatePatientAccountParams{IdempotencyKey: &key}
	patient := got(api.CreatePatientAccountWithResponse(ctx, clinicId, &withKey, wanted)).JSON200

	call("create a patient", func() {
		must(patient.FullName == "Tove Berg" && patient.BirthDate.Equal(born.Time), "the patient")
		must(patient.Email == nil && patient.Tags != nil && len(patient.Tags) == 0, "what is absent and what is empty")
	})

	call("create it once more with the same key", func() {
		again := got(api.CreatePatientAccountWithResponse(ctx, clinicId, &withKey, wanted))
		must(again.JSON200.Id == patient.Id && *again.Headers200.IdempotentReplayed == "true", "the same answer")
	})

	call("update the patient", func() {
		wanted.FullName = "Tove Lind"
		wanted.TargetDevices = &[]string{"dexcom"}
		updated := got(api.UpdatePatientWithResponse(ctx, clinicId, patient.Id, nil, wanted)).JSON200
		must(updated.FullName == "Tove Lind", "the name")
		read := got(api.GetPatientWithResponse(ctx, clinicId, patient.Id, nil)).JSON200
		must(slices.Equal(*read.TargetDevices, []string{"dexcom"}), "the devices")
	})

	call("add data of several types", func() {
		device := ptr("P-1")
		opened := got(api.OpenDataSetWithResponse(ctx, patient.Id, nil, clinics.DataSetCreationV1{DeviceId: device}))
		at := time.Now().UTC()
		var cbg, event, bolus clinics.DatumIngestionV1
		var prime clinics.DeviceEventPrimeIngestionV1
		var primeEvent clinics.DeviceEventIngestionV1
		var normal clinics.BolusIngestionV1
		for _, err := range []error{
			cbg.FromCbgIngestionV1(clinics.CbgIngestionV1{Time: at, DeviceId: device, Units: "mg/dL", Value: 120}),
			prime.FromDeviceEventPrimeCannulaIngestionV1(clinics.DeviceEventPrimeCannulaIngestionV1{
				Type: "deviceEvent", SubType: "prime", Time: at, DeviceId: device, Volume: 0.5,
			}),
			primeEvent.FromDeviceEventPrimeIngestionV1(prime),
			event.FromDeviceEventIngestionV1(primeEvent),
			normal.FromBolusNormalIngestionV1(clinics.BolusNormalIngestionV1{
				Type: "bolus", Time: at, DeviceId: device, Normal: 2,
			}),
			bolus.FromBolusIngestionV1(normal),
		} {
			must(err == nil, "a datum")
		}
		setId := opened.JSON201.Data.Id
		added := got(api.AddDataWithResponse(ctx, setId, nil, clinics.DataIngestionV1{cbg, event, bolus}))
		must(added.StatusCode() == http.StatusOK, string(added.Body))
		closed := clinics.DataSetUpdateV1State("closed")
		got(api.UpdateDataSetWithResponse(ctx, setId, nil, clinics.DataSetUpdateV1{State: &closed}))
		query := clinics.QueryDataParams{Type: ptr("cbg,deviceEvent,bolus")}
		stored := *got(api.QueryDataWithResponse(ctx, patient.Id, &query)).JSON200
		var kinds []string
		for _, datum := range stored {
			kinds = append(kinds, got(datum.Discriminator()))
		}
		slices.Sort(kinds)
		must(slices.Equal(kinds, []string{"bolus", "cbg", "deviceEvent"}), "three data of three types")
	})

	call("delete the patient", func() {
		must(got(api.DeletePatientWithResponse(ctx, clinicId, patient.Id, nil)).StatusCode() == http.StatusNoContent, "204")
	})

	call("be refused, with a typed error", func() {
		refused := got(api.GetPatientWithResponse(ctx, clinicId, patient.Id, nil)).JSON404
		must(refused.Code == http.StatusNotFound && refused.Message != "", "the error")
	})
}
