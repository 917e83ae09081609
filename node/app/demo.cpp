#include "node/app/commands.h"
#include "node/app/console.h"
namespace linli::app {
int demo(const DemoOptions&) { return refuse(Errc::internal, "not yet"); }
}  // namespace linli::app
