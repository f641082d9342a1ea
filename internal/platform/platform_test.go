package platform

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// TestRefused is about the errors of real sockets: each system has its own number for them.
func TestRefused(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	_, err = new(net.Dialer).DialContext(ctx, "tcp", address)
	if !Is(err, syscall.ECONNREFUSED) || Is(err, syscall.ECONNRESET) {
		t.Errorf("%v", err)
	}
}

func TestReset(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	here, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer here.Close()
	there, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	told := make(chan error, 1)
	go func() {
		_, err := here.Read(make([]byte, 1))
		told <- err
	}()
	if _, err := here.Write([]byte("xy")); err != nil {
		t.Fatal(err)
	}
	if _, err := there.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	_ = there.(*net.TCPConn).SetLinger(0)
	there.Close() // with what was not read
	if err := <-told; !Is(err, syscall.ECONNRESET) {
		t.Errorf("%v", err)
	}
}

func TestClosedPipe(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	defer w.Close()
	if _, err = w.WriteString("x"); !Is(err, syscall.EPIPE) {
		t.Errorf("%v", err)
	}
}

func TestIs(t *testing.T) {
	wrapped := fmt.Errorf("here: %w", os.NewSyscallError("connect", syscall.ECONNREFUSED))
	if !Is(wrapped, syscall.ECONNREFUSED) || Is(wrapped, syscall.EPIPE) || Is(errors.New("x"), syscall.EPIPE) || Is(nil, syscall.EPIPE) {
		t.Error("wrong")
	}
}

// TestLock: who opened a file first has it, others still read it, and when it is closed it is free.
func TestLock(t *testing.T) {
	name := filepath.Join(t.TempDir(), "file")
	open := func() *os.File {
		t.Helper()
		f, err := os.OpenFile(name, os.O_RDWR|os.O_APPEND|os.O_CREATE, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	first, second := open(), open()
	defer second.Close()
	if !Lock(first) {
		t.Error("nobody has it")
	}
	if Lock(second) {
		t.Error("it is taken")
	}
	if _, err := first.WriteString("text"); err != nil {
		t.Error(err)
	}
	if text, err := os.ReadFile(name); err != nil || string(text) != "text" {
		t.Errorf("%q, %v", text, err)
	}
	if err := first.Close(); err != nil || !Lock(second) {
		t.Error("it is free again", err)
	}
}

func TestTerminal(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "file"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if tty, width := Terminal(f); tty || width != 0 {
		t.Errorf("a file is no terminal: %v, %d", tty, width)
	}
}

func TestCPUTime(t *testing.T) {
	before, err := CPUTime()
	if errors.Is(err, errors.ErrUnsupported) {
		t.Skip(err)
	}
	begun, used := time.Now(), before
	for used <= before && time.Since(begun) < time.Minute {
		used, err = CPUTime()
	}
	if err != nil || used <= before {
		t.Errorf("%v, then %v: %v", before, used, err)
	}
}
