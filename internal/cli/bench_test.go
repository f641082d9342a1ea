package cli_test

import (
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"mtasts/internal/cli"
)

// BenchmarkCheck is a whole check of a sound domain whose every answer takes 50 ms: how often the
// critical path of MX, address, TCP, greeting, EHLO, STARTTLS, TLS and EHLO it costs; that of the policy,
// which is half as long, runs beside it. The yardstick is 1.15.
func BenchmarkCheck(b *testing.B) { benchmarkCheck(b, 8) }

// BenchmarkCheckWithoutSMTP is the same with the MX hosts left alone: address, TCP, TLS and GET.
func BenchmarkCheckWithoutSMTP(b *testing.B) { benchmarkCheck(b, 4, "--smtp", "off") }

func benchmarkCheck(b *testing.B, roundTrips int, flags ...string) {
	b.Helper()
	const rtt = 50 * time.Millisecond
	sys, l, err := labSystem("sound example.com\nrtt "+rtt.String()+"\n", "")
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	args := append([]string{"check", "example.com"}, flags...)
	for b.Loop() {
		if code := cli.Run(b.Context(), sys, args); code != 0 {
			b.Fatal("exit code", code)
		}
	}
	b.ReportMetric(float64(b.Elapsed())/float64(b.N)/float64(rtt)/float64(roundTrips), "x/critical-path")
}

// BenchmarkCheckCPU is BenchmarkCheck without a wait: what the program itself costs.
func BenchmarkCheckCPU(b *testing.B) {
	sys, l, err := labSystem("sound example.com\n", "")
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	for b.Loop() {
		if code := cli.Run(b.Context(), sys, []string{"check", "example.com"}); code != 0 {
			b.Fatal("exit code", code)
		}
	}
}

// BenchmarkStartUp is the program from its start to its end with nothing to do. The yardstick is
// 10 ms.
func BenchmarkStartUp(b *testing.B) {
	program := filepath.Join(b.TempDir(), "mtasts")
	if out, err := exec.Command("go", "build", "-o", program, "mtasts/cmd/mtasts").CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	for b.Loop() {
		if err := exec.Command(program, "version").Run(); err != nil {
			b.Fatal(err)
		}
	}
}
