package render

import (
	"fmt"
	"strconv"
	"time"
)

// whole is what can be counted with.
type whole interface{ int | int64 }

// grouped is a number with its thousands set apart: 12,345.
func grouped[N whole](n N) string {
	s := strconv.FormatInt(int64(n), 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// amount is "1 domain" or "12,345 domains".
func amount[N whole](n N, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return grouped(n) + " " + noun + "s"
}

// share is n of all in percent. What is not nothing and not everything does not look so.
func share[N whole](n, all N) string {
	percent := 100 * float64(n) / float64(max(all, 1))
	switch {
	case n > 0 && percent < 0.1:
		return "<0.1 %"
	case n < all && percent > 99.9:
		return ">99.9 %"
	}
	return fmt.Sprintf("%.1f %%", percent)
}

// rate is so many a second, or a minute where they are few.
func rate(perSecond float64) string {
	switch {
	case perSecond >= 10:
		return grouped(int(perSecond+0.5)) + "/s"
	case perSecond >= 1:
		return fmt.Sprintf("%.1f/s", perSecond)
	}
	return fmt.Sprintf("%.1f/min", perSecond*60)
}

// lasting is how long something took.
func lasting(d time.Duration) string {
	if d < 10*time.Second {
		return fmt.Sprintf("%.1f s", max(d, 0).Seconds())
	}
	s := int(d.Round(time.Second).Seconds())
	switch {
	case s < 60:
		return fmt.Sprintf("%d s", s)
	case s < 3600:
		return fmt.Sprintf("%d min %d s", s/60, s%60)
	}
	return fmt.Sprintf("%s h %d min", grouped(s/3600), s/60%60)
}

// remaining is how long something will take, no more exactly than anybody can know.
func remaining(d time.Duration) string {
	const step = 10
	if s := int(d.Seconds()); s <= 60-step {
		return fmt.Sprintf("%d s left", max(step, (s+step-1)/step*step))
	}
	m := int((d + time.Minute/2).Minutes())
	if m < 60 {
		return fmt.Sprintf("%d min left", max(m, 1))
	}
	return fmt.Sprintf("%s h %d min left", grouped(m/60), m%60)
}

// fit is a text, escaped already, in n columns; three dots mark a cut.
func fit(s string, n int) string {
	if columns(s) <= n {
		return s
	}
	return cut(s, n-len("...")) + "..."
}
