// Bundles, for the commands of this machine: the content streams through, nothing is kept of it.
#include "node/bundles.h"

#include <spdlog/spdlog.h>

#include "api/context.h"
#include "api/problem.h"
#include "node/held_export.h"

namespace linli::api {
namespace {

constexpr const char* kBundleType = "application/vnd.linli-bundle";

Result<node::ExportRequest> export_request(Context& context, const httplib::Request& request) {
  const auto recipient = node::find_node(context.replica, request.get_param_value("for"));
  if (!recipient) return fail(recipient.error());
  node::ExportRequest wanted;
  wanted.recipient = *recipient;
  wanted.all = request.has_param("all");
  wanted.photos = request.has_param("photos");
  if (request.has_param("since")) {
    const auto id = crypto::from_hex(request.get_param_value("since"));
    if (!id || id->size() != sync::BundleId::size()) {
      return fail(Errc::bad_value, "a bundle's id is 32 hexadecimal digits", "since");
    }
    wanted.since = sync::BundleId::of(*id);
  }
  return wanted;
}

void export_bundle(Context& context, const httplib::Request& request, httplib::Response& response) {
  const auto wanted = export_request(context, request);
  if (!wanted) return refuse(request, response, wanted.error());
  auto prepared = node::BundleExport::prepare(context.replica, *wanted);
  if (!prepared) return refuse(request, response, prepared.error());
  const auto bundle = std::make_shared<node::BundleExport>(std::move(*prepared));
  note_act(context, request, "bundle", "导出 export: " + request.get_param_value("for"));
  response.set_header("Linli-Bundle", bundle->json().dump(-1, ' ', true));
  response.set_chunked_content_provider(kBundleType, [bundle](std::size_t, httplib::DataSink& out) {
    const auto done = bundle->run([&](std::string_view bytes) -> Result<void> {
      if (out.write(bytes.data(), bytes.size())) return {};
      return fail(Errc::io, "whoever wanted the bundle went away");
    });
    // Without its end the caller sees that it isn't whole.
    if (!done) {
      spdlog::warn("a bundle wasn't finished: {}", describe(done.error()));
      return false;
    }
    out.done();
    return true;
  });
}

/// What is held back here, for a node above; small, and whole before its first byte goes out.
void export_held(Context& context, const httplib::Request& request, httplib::Response& response) {
  const auto recipient = node::find_node(context.replica, request.get_param_value("for"));
  if (!recipient) return refuse(request, response, recipient.error());
  std::vector<crypto::Hash> sets;
  if (request.has_param("set")) {
    const auto set = crypto::from_hex(request.get_param_value("set"));
    if (!set || set->size() != crypto::Hash::size()) {
      return refuse(request, response, {Errc::bad_value, "64 hexadecimal digits", "set"});
    }
    sets.push_back(crypto::Hash::of(*set));
  }
  std::string bundle;
  const auto done = node::export_held(context.replica, *recipient, sets,
                                      [&](std::string_view bytes) -> Result<void> {
                                        bundle += bytes;
                                        return {};
                                      });
  if (!done) return refuse(request, response, done.error());
  note_act(context, request, "bundle", "暂缓数据 held: " + request.get_param_value("for"));
  response.set_header("Linli-Bundle", done->dump(-1, ' ', true));
  response.set_content(std::move(bundle), kBundleType);
}

void read_bundle(Context& context, node::BundleIntake::Mode mode, const httplib::Request& request,
                 httplib::Response& response, const httplib::ContentReader& body) {
  node::BundleIntake intake(context.replica, mode);
  std::optional<Error> failed;
  body([&](const char* bytes, std::size_t size) {
    // Read to its end all the same: a caller that still writes wouldn't hear the answer.
    if (failed) return true;
    if (auto fed = intake.feed({bytes, size}); !fed) failed = fed.error();
    return true;
  });
  if (failed) return refuse(request, response, *failed);
  const auto report = intake.finish();
  if (!report) return refuse(request, response, report.error());
  answer(response, *report);
}

void describe_head(Context& context, const httplib::Request& request, httplib::Response& response) {
  const auto head = sync::PartHead::decode(request.body);
  if (!head) return refuse(request, response, head.error());
  answer(response, node::head_json(*head, context.replica.trust().get()));
}

}  // namespace

void add_bundle_routes(httplib::Server& server, Context& context) {
  using Mode = node::BundleIntake::Mode;
  const auto reads = [&](const char* path, Mode mode) {
    server.Post(path, [&context, mode](const httplib::Request& q, httplib::Response& s,
                                       const httplib::ContentReader& body) {
      read_bundle(context, mode, q, s, body);
    });
  };
  reads("/api/v1/bundles/check", Mode::check);
  reads("/api/v1/bundles/import", Mode::take);
  server.Get("/api/v1/bundles/held", [&context](const httplib::Request& q, httplib::Response& s) {
    export_held(context, q, s);
  });
  server.Get("/api/v1/bundles/export", [&context](const httplib::Request& q, httplib::Response& s) {
    export_bundle(context, q, s);
  });
  server.Post("/api/v1/bundles/head", [&context](const httplib::Request& q, httplib::Response& s) {
    describe_head(context, q, s);
  });
}

}  // namespace linli::api
