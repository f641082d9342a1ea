package lab

// Delay is delay, for the tests of what it does to a connection that is not the lab's.
var Delay = delay
