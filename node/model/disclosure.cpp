#include "node/model/schema.h"

namespace linli::model {

void add_disclosure(Schema&) {}

}  // namespace linli::model
