package fact

// Given is what a user handed over to be judged before it is published, each part by its source; nil
// is a part that was not given.
type Given struct {
	Policy *Source `json:"policy,omitempty"`
	STS    *Source `json:"sts,omitempty"`
	TLSRPT *Source `json:"tlsrpt,omitempty"`
	MX     *Source `json:"mx,omitempty"`
}

// Source is where a part was given.
type Source struct {
	Name string `json:"name"` // of the file, or of the flag
	File bool   `json:"file,omitempty"`
}

// Stdin is the name of standard input as a file.
const Stdin = "<stdin>"
