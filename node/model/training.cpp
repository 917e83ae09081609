#include "node/model/schema.h"

namespace linli::model {

void add_training(Schema&) {}

}  // namespace linli::model
