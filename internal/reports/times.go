package reports

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// The years that are believed; TLS-RPT is of 2018, its samples are of 2016, and clocks are reset to 1970.
const (
	firstYear = 1970
	lastYear  = 2200
)

const day = 24 * time.Hour

// moment is one end of a date-range as it was read.
type moment struct {
	time.Time

	date bool // no time of the day was given
}

// layout is a way in which times are written.
type layout struct {
	form string
	note note
}

// layouts are those beside RFC 3339 that senders were seen to use, or that their languages print. A
// fraction of a second behind the seconds is read by each.
func layouts() []layout {
	return []layout{
		{"2006-01-02T15:04:05", noteZone}, // Microsoft, 2024
		{"2006-01-02", noteDate},
		{"2006-01-02 15:04:05Z07:00", noteTime},
		{"2006-01-02T15:04:05Z0700", noteTime},
		{"2006-01-02 15:04:05 Z0700", noteTime},
		{"2006-01-02 15:04:05 -0700 MST", noteTime},
		{"2006-01-02 15:04:05 MST", noteTime},
		{"2006-01-02 15:04:05", noteZone},
		{"2006-01-02T15:04Z07:00", noteTime},
		{"2006-01-02T15:04", noteZone},
		{"20060102T150405Z0700", noteTime},
		{"20060102", noteDate},
		{time.RFC1123Z, noteTime},
		{time.RFC1123, noteTime},
	}
}

// moment reads a date and time; ok is false where there is none that can be believed.
func (c *cursor) moment() (m moment, ok bool) {
	if b := c.peek(); b != '"' && b != '-' && b-'0' > 9 {
		c.skip()
		return moment{}, false
	}
	m, ok = c.parseMoment(strings.TrimSpace(cut(c.scalar(), maxTime)))
	if _, offset := m.Zone(); offset != 0 {
		c.notes.add(noteOffset)
	}
	m.Time = m.UTC()
	if !ok || m.Year() < firstYear || m.Year() > lastYear {
		return moment{}, false
	}
	return m, true
}

func (c *cursor) parseMoment(s string) (moment, bool) {
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return moment{Time: t}, true
	}
	if t, ok := epoch(s); ok {
		c.notes.add(noteEpoch)
		return moment{Time: t}, true
	}
	folded := strings.ToUpper(s)
	midnight := strings.Replace(folded, "T24:00", "T00:00", 1) // RFC 8460 §4.1 has it so in prose
	for _, l := range layouts() {
		t, err := time.ParseInLocation(l.form, midnight, time.UTC)
		if err != nil {
			continue
		}
		c.notes.add(l.note)
		if midnight != folded {
			t = t.Add(day)
		}
		return moment{t, l.note == noteDate}, true
	}
	return moment{}, false
}

// epoch reads seconds since 1970, or milliseconds where it is too many for seconds.
func epoch(s string) (time.Time, bool) {
	n, err := strconv.ParseFloat(s, 64)
	if err != nil || len(s) == len("20060102") || math.IsNaN(n) || n < 1 || n > 1e14 {
		return time.Time{}, false
	}
	if n > 1e11 {
		n /= 1000
	}
	return time.Unix(int64(n), 0).UTC(), true
}

// span makes of the two ends what Report has: the first moment, and the first one behind.
func (r *reader) span() (begin, end time.Time) {
	switch {
	case !r.hasBegin && !r.hasEnd:
		return time.Time{}, time.Time{}
	case !r.hasEnd:
		r.notes.add(noteOneTime)
		return r.begin.Time, r.begin.Add(day)
	case !r.hasBegin:
		r.notes.add(noteOneTime)
		if behind(r.end).Truncate(day).Equal(behind(r.end)) && !r.end.date {
			return behind(r.end).Add(-day), behind(r.end)
		}
		return r.end.Truncate(day), r.end.Truncate(day).Add(day)
	}
	begin, end = r.begin.Time, behind(r.end)
	if r.end.date && r.end.Sub(begin) != day {
		end = r.end.Add(day) // a date says that it is included, but for the very next
	}
	switch length := end.Sub(begin); {
	case length <= 0:
		r.notes.add(noteBackwards)
		return begin, begin.Add(day)
	case length > day+time.Second:
		r.notes.add(noteSpan)
	case r.end.Equal(begin.Add(day)) && !r.end.date:
		r.notes.add(noteMidnight)
	}
	return begin, end
}

// behind is the first moment behind a range that ends so: 23:59:59 is the last second of a day, and
// midnight is the day behind it.
func behind(m moment) time.Time {
	t := m.Truncate(time.Second)
	switch {
	case t.Hour() == 23 && t.Minute() == 59:
		return t.Truncate(time.Minute).Add(time.Minute)
	case t.Second() == 59 || !t.Equal(m.Time):
		return t.Add(time.Second)
	}
	return t
}
