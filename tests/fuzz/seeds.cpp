// seeds: writes what the fuzzers begin with into a folder: every run of hexadecimal digits in
// tests/vectors is one input, and a few messages of which there are no vectors.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "crypto/hash.h"
#include "node/admission.h"
#include "node/enrolment.h"
#include "sync/blobs.h"
#include "sync/exchange.h"
#include "sync/live.h"

using namespace linli;
namespace fs = std::filesystem;

namespace {

/// Named by their content: the same seed twice is one.
void keep(const fs::path& folder, std::string_view bytes) {
  const auto name = crypto::to_hex(crypto::hash({bytes}).view()).substr(0, 16);
  std::ofstream(folder / name, std::ios::binary)
      .write(bytes.data(), static_cast<long>(bytes.size()));
}

void keep_strings(const fs::path& folder, const nlohmann::json& value) {
  if (value.is_structured()) {
    for (const auto& member : value) keep_strings(folder, member);
    return;
  }
  if (!value.is_string()) return;
  const auto text = value.get<std::string>();
  if (const auto bytes = crypto::from_hex(text)) keep(folder, *bytes);
  keep(folder, text);
}

void keep_messages(const fs::path& folder) {
  const auto key = crypto::SigningKey::from_seed(std::string(32, '\x03'));
  const sync::Request request;
  sync::Response response;
  response.verdicts = {{0, Errc::gap, "number 3 is missing", 0}};
  response.error = Errc::unauthorised;
  keep(folder, request.encode());
  keep(folder, response.encode());
  keep(folder, sync::pack(request.encode(), key, crypto::kDomainRequest));
  keep(folder, sync::BlobRequest{}.encode());
  keep(folder, sync::BlobResponse{}.encode());
  keep(folder, sync::LiveToken{}.sign(key));
  crypto::Hash tls;
  tls.data.fill(5);
  for (const auto& pin : {crypto::Hash{}, tls}) {
    keep(folder, node::EnrolRequest{{}, key.public_key(), key.sealing_key(), pin}.encode(key));
    keep(folder,
         node::Invite{{}, {}, "https://192.0.2.1:8443", {}, 1'800'000'000'000'000, "示例社区", pin}
             .line());
    keep(folder,
         node::JoinRequest{key.public_key(), key.sealing_key(), "示例社区", 1, 2, {}, pin}.encode(
             key));
  }
  keep(folder, node::EnrolAnswer{"root", {"certificate"}}.encode());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: fuzz_seeds VECTORS FOLDER\n");
    return 2;
  }
  const fs::path folder = argv[2];
  fs::create_directories(folder);
  for (const auto& entry : fs::directory_iterator(argv[1])) {
    if (entry.path().extension() != ".json") continue;
    std::ifstream in(entry.path());
    keep_strings(folder, nlohmann::json::parse(in));
  }
  keep_messages(folder);
  return 0;
}
