// Package platform is what differs between operating systems, each subject in one place:
//
//   - errors: the numbers of Windows' sockets and pipes are not those of Unix ([Is]);
//   - resolvers: Windows has no resolv.conf ([ResolvConf], [Nameservers]);
//   - roots: what Windows and macOS verify with fetches from where a server says ([Roots]);
//   - terminals: Windows' console has to be told that escape sequences will come ([Terminal]);
//   - locks: one run at a time goes on with a file ([Lock]);
//   - pipes that nobody reads any more ([Heard]);
//   - the processor's time, for the yardsticks ([CPUTime]).
//
// What is the same everywhere is elsewhere: Go renames over files, ends with os.Interrupt at Ctrl-C and
// with SIGTERM when a console window is closed, and gives a console Unicode whatever its code page is.
package platform
