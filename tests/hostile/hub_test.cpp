// All that is done to a hub but floods: in one city, so that it is founded once; or a subject by
// itself.
#include "tests/hostile/scene.h"

namespace linli::hostile {
namespace {

Scene::Plan plan() {
  Scene::Plan plan;
  plan.memory_mb = 400;
  return plan;
}

void alone(const std::vector<Row>& rows) {
  Scene scene(plan());
  scene.hold(rows);
  scene.end();
}

}  // namespace

TEST_CASE("hub: no attack gets anything in while an honest office is served all the while",
          "[hostile][hub]") {
  Scene scene(plan());
  scene.hold(http_attacks());
  scene.hold(text_attacks());
  scene.hold(blob_attacks());
  scene.hold(enrolment_attacks());
  scene.hold(wire_attacks());
  scene.hold(chain_attacks());
  scene.hold(object_attacks());  // It fills what waits, in the end.
  scene.end();
}

TEST_CASE("wire", "[.][wire]") { alone(wire_attacks()); }
TEST_CASE("objects", "[.][objects]") { alone(object_attacks()); }
TEST_CASE("chains", "[.][chains]") { alone(chain_attacks()); }
TEST_CASE("attachments", "[.][blobs]") { alone(blob_attacks()); }
TEST_CASE("http", "[.][http]") { alone(http_attacks()); }
TEST_CASE("texts", "[.][texts]") { alone(text_attacks()); }
TEST_CASE("enrolment", "[.][enrolment]") { alone(enrolment_attacks()); }

}  // namespace linli::hostile
