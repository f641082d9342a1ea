package fact

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// full is a value of every field that there is, each stable, and nothing nil or zero.
func full(t *testing.T, v reflect.Value) {
	t.Helper()
	switch v.Type() {
	case reflect.TypeFor[time.Time]():
		v.Set(reflect.ValueOf(time.Date(2026, 1, 31, 12, 0, 0, 123456789, time.UTC)))
		return
	case reflect.TypeFor[Millis]():
		v.SetInt(int64(123 * tenth))
		return
	case reflect.TypeFor[Text]():
		v.SetString("caf\xe9")
		return
	}
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(7)
	case reflect.Uint8, reflect.Uint16, reflect.Uint32:
		v.SetUint(7)
	case reflect.String:
		v.SetString("caf\u00e9 <&> \u2028 \ufffd \x00")
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		full(t, v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		full(t, v.Index(0))
	case reflect.Struct:
		for i := range v.NumField() {
			full(t, v.Field(i))
		}
	default:
		t.Fatalf("a field of type %s", v.Type())
	}
}

// odd are values that a place of that type can have besides.
func odd(v reflect.Value) []reflect.Value {
	list := []reflect.Value{reflect.Zero(v.Type())}
	add := func(x any) { list = append(list, reflect.ValueOf(x).Convert(v.Type())) }
	switch v.Interface().(type) {
	case time.Time:
		at := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
		add(time.Now())
		add(time.Now().UTC())
		add(at.In(time.FixedZone("", 5*3600+1800+7)))
		add(at.In(time.FixedZone("UTC", 0)))
		add(at.AddDate(-3000, 0, 0))
		add(at.AddDate(9000, 0, 0))
		return list
	case Millis:
		for _, d := range []time.Duration{1, tenth / 2, tenth - 1, -tenth, 1 << 49, 1 << 62, time.Hour, 1<<51 + tenth/2} {
			add(d)
			add(d.Round(tenth))
		}
		return list
	}
	switch v.Kind() {
	case reflect.String:
		add("")
		add("\xff")
		add("\xed\xa0\x80 a surrogate")
	case reflect.Int64:
		add(int64(-1 << 63))
	case reflect.Slice:
		list = append(list, reflect.MakeSlice(v.Type(), 0, 0))
	}
	return list
}

// bend puts odd values in each place of v in turn, and calls try each time.
func bend(v reflect.Value, try func()) {
	was := reflect.New(v.Type()).Elem()
	was.Set(v)
	for _, x := range odd(v) {
		v.Set(x)
		try()
	}
	v.Set(was)
	if v.Type() == reflect.TypeFor[time.Time]() {
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		bend(v.Elem(), try)
	case reflect.Slice:
		for i := range v.Len() {
			bend(v.Index(i), try)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			bend(v.Field(i), try)
		}
	}
}

// TestStable: what is called stable comes back from JSON as the very same, whatever any one field holds.
func TestStable(t *testing.T) {
	var o Observation
	full(t, reflect.ValueOf(&o).Elem())
	count := map[bool]int{}
	try := func() {
		stable := o.Stable()
		count[stable]++
		if !stable {
			return
		}
		data, err := json.Marshal(&o)
		if err != nil {
			t.Fatal(err)
		}
		var back Observation
		if err := json.Unmarshal(data, &back); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(o, back); diff != "" {
			t.Errorf("it is called stable, and comes back otherwise (-want +got):\n%s", diff)
		}
		if again, _ := json.Marshal(&back); string(again) != string(data) {
			t.Errorf("it is written otherwise the second time: %s, then %s", data, again)
		}
	}
	try()
	if count[true] != 1 {
		t.Fatal("an observation with nothing odd is not called stable")
	}
	bend(reflect.ValueOf(&o).Elem(), try)
	if count[true] < 100 || count[false] < 100 {
		t.Errorf("%d stable, %d not: the test tells little", count[true], count[false])
	}
}
