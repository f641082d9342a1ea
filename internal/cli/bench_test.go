package cli_test

import (
	"os"
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

// BenchmarkStartUp is the program from its start to its end with nothing to do: how often it costs what a
// program of Go costs that does nothing at all. The yardstick is 10 ms on a machine that is at rest.
func BenchmarkStartUp(b *testing.B) {
	dir := b.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "bare.go"), []byte("package main\n\nfunc main() {}\n"), 0o600); err != nil {
		b.Fatal(err)
	}
	program, bare := buildProgram(b, dir, "mtasts/cmd/mtasts"), buildProgram(b, dir, filepath.Join(dir, "bare.go"))
	var floor time.Duration
	for b.Loop() {
		b.StopTimer()
		floor += runProgram(b, bare)
		b.StartTimer()
		runProgram(b, program, "version")
	}
	b.ReportMetric(float64(b.Elapsed())/float64(floor), "x/bare-program")
}

func buildProgram(b *testing.B, dir, source string) string {
	b.Helper()
	program := filepath.Join(dir, filepath.Base(source)+".exe")
	if out, err := exec.CommandContext(b.Context(), "go", "build", "-o", program, source).CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	return program
}

// runProgram tells how long a program took.
func runProgram(b *testing.B, program string, args ...string) time.Duration {
	b.Helper()
	start := time.Now()
	if err := exec.CommandContext(b.Context(), program, args...).Run(); err != nil {
		b.Fatal(err)
	}
	return time.Since(start)
}
