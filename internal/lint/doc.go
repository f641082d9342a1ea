// Package lint makes facts of what a user hands over to be judged before it is published: a policy,
// the text of records, a zone file, the names of MX hosts.
//
// The facts are those of a look that saw nothing else; [fact.Observation.Given] tells which they are
// and where each stands, so that package rule judges what was given and keeps silent about the rest.
// The package is pure: bytes in, facts out. Zone files come from anybody, so they are read with
// bounds: of the file, of one record, of what $GENERATE makes, of what is kept.
package lint
