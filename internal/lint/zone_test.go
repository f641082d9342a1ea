package lint

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mtasts/internal/fact"
)

// given is a zone as a short text: what each name and type answers, with the lines of its records.
func given(z *Zone) string {
	o := Input{Domain: z.Domain, Zone: z}.Observe()
	var b strings.Builder
	for _, a := range append([]fact.Answer{o.STS, o.TLSRPT, o.MX, o.Host.A, o.Host.AAAA}, append(o.Apex, o.Elsewhere...)...) {
		for _, r := range a.Records {
			fmt.Fprintf(&b, "%s %s", a.Name, a.Type)
			for _, t := range r.Text {
				fmt.Fprintf(&b, " %q", string(t))
			}
			if r.Host != "" {
				fmt.Fprintf(&b, " %d %s", r.Preference, r.Host)
			}
			fmt.Fprintf(&b, "%s line %d\n", r.Address, r.Line)
		}
	}
	for _, part := range []struct {
		name   string
		source *fact.Source
		answer fact.Answer
	}{{"sts", o.Given.STS, o.STS}, {"tlsrpt", o.Given.TLSRPT, o.TLSRPT}, {"mx", o.Given.MX, o.MX}} {
		if part.source == nil {
			b.WriteString("no " + part.name + "\n")
		} else if part.answer.Dangling() {
			b.WriteString(part.name + " leads in a circle\n")
		}
	}
	return b.String()
}

func TestReadZone(t *testing.T) {
	const soa = "@ IN SOA ns1 hostmaster 1 7200 900 1209600 300\n"
	for _, c := range []struct{ name, domain, text, want string }{
		{
			"as people write it", "",
			"; the zone of example.com\n$ORIGIN example.com.\n$TTL 3600\n" +
				"@\tIN SOA ns1.example.com. hostmaster.example.com. (\n\t2026013101 ; serial\n\t7200 900 1209600 300 )\n" +
				"\tIN NS ns1\n\n\tIN MX 20 MX2\n\tIN MX 10 mx1.example.com. ; first\n" +
				"_mta-sts 600 IN TXT ( \"v=STSv1; \"\n\t\"id=1\" ) ; two strings\n" +
				"_smtp._tls IN TXT \"v=TLSRPTv1; rua=mailto:tls@example.com\"\nmta-sts A 192.0.2.1\n",
			`_mta-sts.example.com TXT "v=STSv1; " "id=1" line 11
_smtp._tls.example.com TXT "v=TLSRPTv1; rua=mailto:tls@example.com" line 13
example.com MX 10 mx1.example.com line 10
example.com MX 20 mx2.example.com line 9
mta-sts.example.com A192.0.2.1 line 14
`,
		},
		{
			"lines in quotes and parentheses, after an escape", "example.com",
			"x TXT \"one \\\" ; (\ntwo\"\ny TXT (\n ; a comment ) \"\n\"a\"\n\n)\n_mta-sts TXT \\( \"v=STSv1; id=1\"\nz TXT \\;\n_smtp._tls TXT \"b\"",
			`_mta-sts.example.com TXT "(" "v=STSv1; id=1" line 8
_smtp._tls.example.com TXT "b" line 10
no mx
`,
		},
		{
			"several origins", "example.com",
			"$ORIGIN com.\nexample 60 MX 10 mx.example.net.\n$ORIGIN x.example\n_mta-sts TXT \"no\"\n$ORIGIN example.com.\n_mta-sts TXT \"yes\"\n_MTA-STS TXT \"yes\"\n$ORIGIN _tls.example.com.\n_smtp CH TXT \"chaos\"\n\\095smtp TXT \"tls\"\n",
			"_mta-sts.example.com TXT \"yes\" line 6\n_smtp._tls.example.com TXT \"tls\" line 10\nexample.com MX 10 mx.example.net line 2\n",
		},
		{
			"escapes, and strings that are too long", "example.com",
			"_mta-sts TXT v=STSv1\\;\\ id\\061\\\"1\\200\n_smtp._tls TXT " + strings.Repeat("a", 300) + "\n",
			`_mta-sts.example.com TXT "v=STSv1; id=\"1\xc8" line 1
_smtp._tls.example.com TXT "` + strings.Repeat("a", 255) + `" "` + strings.Repeat("a", 45) + "\" line 2\nno mx\n",
		},
		{
			"CR LF and a byte order mark", "example.com",
			"\ufeff$TTL 60\r\n_mta-sts TXT \"a\"\r\n\r\n\tTXT \"b\"\r\n",
			"_mta-sts.example.com TXT \"a\" line 2\n_mta-sts.example.com TXT \"b\" line 4\nno tlsrpt\nno mx\n",
		},
		{
			"aliases within the file, and out of it", "example.com",
			soa + "_sts.hosting TXT \"v=STSv1; id=1\"\n_mta-sts CNAME _x\n_x CNAME _sts.hosting.example.com.\n_smtp._tls CNAME tls.example.net.\nmta-sts CNAME web\nweb AAAA 2001:db8::1\n",
			"_mta-sts.example.com TXT \"v=STSv1; id=1\" line 2\nmta-sts.example.com AAAA2001:db8::1 line 7\nno tlsrpt\n",
		},
		{
			"an alias of its own", "example.com", "_mta-sts CNAME _mta-sts\n_smtp._tls CNAME a\na CNAME _smtp._tls\n", "sts leads in a circle\ntlsrpt leads in a circle\nno mx\n",
		},
		{
			"a wildcard", "example.com", "* TXT \"v=spf1 -all\"\n_mta-sts TXT \"v=STSv1; id=1\"\n",
			"_mta-sts.example.com TXT \"v=STSv1; id=1\" line 2\n_smtp._tls.example.com TXT \"v=spf1 -all\" line 1\nno mx\n",
		},
		{
			"names that are confused", "example.com", soa + "_mta-sts.example.com TXT \"v=STSv1; id=1\"\n_tlsrpt TXT \"b\"\n@ TXT \"c\"\n",
			"example.com TXT \"c\" line 4\n_tlsrpt.example.com TXT \"b\" line 3\n_mta-sts.example.com.example.com TXT \"v=STSv1; id=1\" line 2\n",
		},
		{
			"a subdomain of the zone", "mail.example.com", "$ORIGIN example.com.\n" + soa + "@ MX 10 a\nmail MX 10 b\n_mta-sts.mail TXT \"x\"\n_mta-sts TXT \"y\"\n",
			"_mta-sts.mail.example.com TXT \"x\" line 5\nmail.example.com MX 10 b.example.com line 4\n",
		},
		{
			"$GENERATE", "example.com", "$GENERATE 1-3 host-$ A 192.0.2.$\n$GENERATE 1-2 @ MX 10 mx$\n_mta-sts TXT \"a\"\n",
			"_mta-sts.example.com TXT \"a\" line 3\nexample.com MX 10 mx1.example.com line 2\nexample.com MX 10 mx2.example.com line 2\n",
		},
		{"the null MX", "example.com", "@ MX 0 .\n", "example.com MX 0 . line 1\n"},
	} {
		z, err := ReadZone(context.Background(), []byte(c.text), "zone", c.domain)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if diff := cmp.Diff(c.want, given(z)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

func TestBadZone(t *testing.T) {
	for _, c := range []struct{ name, domain, text, want string }{
		{"nothing", "", "", "zone: there is no record in it"},
		{"a comment", "example.com", "; nothing\n", "zone: there is no record of example.com in it"},
		{"another zone", "example.com", "$ORIGIN example.net.\n@ A 192.0.2.1\n", "zone: there is no record of example.com in it"},
		{"no SOA", "", "$ORIGIN example.com.\n\n@ MX 10 mx\n", "zone:3: the file does not begin with a SOA record, so its domain is not known: give --domain NAME"},
		{"a SOA of no name", "", "@ SOA ns h 1 2 3 4 5\n", "zone:1: the SOA record does not say which domain it is of: give --domain NAME"},
		{"$INCLUDE", "example.com", "@ A 192.0.2.1\n\n$INCLUDE /etc/passwd\n", "zone:3: $INCLUDE is not followed: give one file that holds all (named-compilezone writes it)"},
		{"no zone", "example.com", "version: STSv1\nmode: enforce\n", `zone:1: not a TTL: "STSv1"`},
		{"a broken address", "example.com", "@ MX 10 mx\nmx A (\n 192.0.2.300 )\n", `zone:2: bad A A: "192.0.2.300"`},
		{"an open parenthesis", "example.com", "mx A 192.0.2.1\n@ TXT ( \"a\"\n", `zone:2: bad TXT Txt: "unbalanced brace"`},
		{"an open quote", "example.com", "mx A 192.0.2.1\n_mta-sts TXT \"v=STSv1; id=1\n", `zone:2: bad TXT Txt: " "`},
		{"an endless record", "example.com", "\n@ TXT (" + strings.Repeat("\n\"a\" ; b", 1<<17) + ")", "zone:2: a record of more than 512 KiB"},
		{"an endless comment in it", "example.com", "@ TXT ( ;" + strings.Repeat("b", 1<<20) + "\n )", "zone:1: a record of more than 512 KiB"},
		{"many records", "example.com", strings.Repeat("$GENERATE 0-4095 @ MX 10 a$\n", 1) + "@ MX 20 b\n", "zone:2: there are more than 4096 MX records of example.com"},
		{"nothing, but much of it", "example.com", "$GENERATE 0-9 a$ A 192.0.2.1\n$GENERATE 0-65535 ;{{{\n$GENERATE 0-65535 ;{{{\n", "zone:3: $GENERATE makes more than 64 MiB"},
		{"wide numbers", "example.com", "$GENERATE 0-65535 a${0,255,d}.${0,255,d}.${0,255,d}.${0,255,d} A 192.0.2.1\n", "zone:1: $GENERATE makes more than 64 MiB"},
		{"a long line to generate", "example.com", "\n$GENERATE 1-65535 a$ TXT (" + strings.Repeat(" a", 1<<10) + ")\n", "zone:2: a line of $GENERATE with more than 1024 characters"},
	} {
		_, err := ReadZone(context.Background(), []byte(c.text), "zone", c.domain)
		if err == nil || err.Error() != c.want {
			t.Errorf("%s: the error is %v\nwant %s", c.name, err, c.want)
		}
	}
}

// TestReadZoneEnds: whoever asked may go away.
func TestReadZoneEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := ReadZone(ctx, []byte("@ A 192.0.2.1\n"), "zone", "example.com"); err == nil {
		t.Error("a zone was read for nobody")
	}
}

// FuzzReadZone: zone files come from anybody.
func FuzzReadZone(f *testing.F) {
	for _, seed := range []string{
		"@ SOA ns h 1 2 3 4 5\n_mta-sts TXT ( \"v=STSv1; \"\n \"id=1\" ) ; c\n",
		"$ORIGIN a.\n$TTL 1h\n_smtp._tls CNAME b\nb TXT \\200\n* TXT \"\"\n@ MX 0 .\n",
		"$GENERATE 1-3 a$ A 192.0.2.$\n", "$INCLUDE x\n", "a TYPE16 \\# 2 0161\n", "x TXT \"a\nb\" \\\n",
	} {
		f.Add(seed, true)
		f.Add(seed, false)
	}
	f.Fuzz(func(t *testing.T, text string, known bool) {
		domain := ""
		if known {
			domain = "example.com"
		}
		z, err := ReadZone(t.Context(), []byte(text), "zone", domain)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "zone:") || strings.Contains(err.Error(), "\n") {
				t.Errorf("the error is %q", err)
			}
			return
		}
		lines := strings.Count(text, "\n") + 1
		for set, records := range z.sets {
			for _, r := range records {
				if r.Line < 1 || r.Line > lines {
					t.Errorf("%s is on line %d of %d", set.owner, r.Line, lines)
				}
			}
		}
		Input{Domain: z.Domain, Zone: z}.Observe()
	})
}
