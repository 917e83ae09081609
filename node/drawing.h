// node/drawing.h: random inspections (双随机): a draw is put, and the inspections that it plans, by
// the one road.
#pragma once

#include "node/replica.h"

namespace linli::node {

/// Puts a draw (an inspection_draw's fields; `compounds` left out: all in service at or below
/// `pool_scope`, else at or below this node) and a planned inspection for each compound that is
/// drawn, in the compound's own scope. Asked again it makes what is missing and nothing twice.
/// {draw{id, scope, code, done}, dry_run, visits[{compound, name, inspectors, inspection, scope,
/// done, faults}]}; `done`: created, there, refused. In a dry run nothing is kept and `inspection`
/// is null. Errors: those of the draw itself (its first fault); not_found (a compound of the pool
/// that isn't here); and as Replica::put.
[[nodiscard]] Result<Json> draw_inspections(Replica& replica, Json fields, PutOptions options);

}  // namespace linli::node
