// Package work runs the parts of a job on a fixed number of workers, each of
// which has one workspace.
//
//	engine ──► work ──► spare
//
// A plan cuts a call into parts by the shape alone (package cut) and hands them
// to the [Pool] of its number of workers, which all plans of that number share.
// What the parts need beside the tensors belongs to the worker that runs them
// ([Workspace]), never to the plan or the call.
package work
