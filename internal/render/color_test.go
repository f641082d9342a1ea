package render

import "testing"

func TestWantColor(t *testing.T) {
	type env map[string]string
	cases := []struct {
		flag string
		tty  bool
		env  env
		want bool
	}{
		{"auto", true, nil, true},
		{"auto", false, nil, false},
		{"", true, nil, true},
		{"always", false, env{"NO_COLOR": "1", "TERM": "dumb", "CLICOLOR": "0"}, true},
		{"never", true, env{"CLICOLOR_FORCE": "1"}, false},
		{"auto", true, env{"NO_COLOR": "1"}, false},
		{"auto", true, env{"NO_COLOR": "0"}, false},
		{"auto", true, env{"NO_COLOR": ""}, true},
		{"auto", true, env{"NO_COLOR": "1", "CLICOLOR_FORCE": "1"}, false},
		{"auto", false, env{"CLICOLOR_FORCE": "1"}, true},
		{"auto", false, env{"CLICOLOR_FORCE": "1", "CLICOLOR": "0", "TERM": "dumb"}, true},
		{"auto", false, env{"CLICOLOR_FORCE": "0"}, false},
		{"auto", true, env{"CLICOLOR_FORCE": "0"}, true},
		{"auto", true, env{"CLICOLOR": "0"}, false},
		{"auto", true, env{"CLICOLOR": "1"}, true},
		{"auto", false, env{"CLICOLOR": "1"}, false},
		{"auto", true, env{"TERM": "dumb"}, false},
		{"auto", true, env{"TERM": "xterm"}, true},
	}
	for _, c := range cases {
		if got := WantColor(c.flag, c.tty, func(name string) string { return c.env[name] }); got != c.want {
			t.Errorf("WantColor(%q, %v, %v) = %v", c.flag, c.tty, c.env, got)
		}
	}
}
