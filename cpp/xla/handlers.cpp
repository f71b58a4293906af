#include "handlers.hpp"

#include <algorithm>
#include <new>
#include <stdexcept>
#include <string>

#include "../engine/errors.hpp"
#include "../engine/float_mode.hpp"
#include "call.hpp"

namespace plyo::xla {
namespace {

// The interface that this is written for; a newer XLA takes handlers of an older one.
constexpr std::int32_t kMajor = 0, kMinor = 1;

// Answers XLA's question when a handler is registered.
bool describe(const CallFrame& frame) {
  for (const Extension* e = frame.head.extensions; e != nullptr; e = e->next) {
    if (e->type != kMetadataExtension) continue;
    Metadata& metadata = *reinterpret_cast<const MetadataExtension*>(e)->metadata;
    metadata.version = {{sizeof(Version), nullptr}, kMajor, kMinor};
    metadata.traits = 0;
    return true;
  }
  return false;
}

Error* fail(const Api& api, ErrorCode code, const char* message) {
  ErrorRequest request{{sizeof(ErrorRequest), nullptr}, message, code};
  return api.create_error(&request);
}

// Runs a handler; its exceptions become XLA's errors.
template <class Body>
Error* answer(CallFrame* frame, const Body& body) {
  if (describe(*frame)) return nullptr;
  const Api& api = *frame->api;
  if (api.version.major != kMajor || frame->head.struct_size < sizeof(CallFrame)) {
    return fail(
        api, ErrorCode::kUnimplemented,
        "this release of Plyo does not know the foreign functions of this release of XLA; update both");
  }
  const DefaultFloatMode mode;  // XLA's threads have another
  try {
    Call call(*frame);
    body(call);
    return nullptr;
  } catch (const std::bad_alloc&) {
    return fail(api, ErrorCode::kResourceExhausted, "there is no memory for this call of a batch");
  } catch (const std::invalid_argument& error) {
    return fail(api, ErrorCode::kInvalidArgument, error.what());
  } catch (const ResetNeeded& error) {
    return fail(api, ErrorCode::kFailedPrecondition, error.what());
  } catch (const InUse& error) {
    return fail(api, ErrorCode::kUnavailable, error.what());
  } catch (const std::exception& error) {
    return fail(api, ErrorCode::kInternal, error.what());
  }
}

SeedWords to_words(std::uint64_t seed) {
  return {static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)};
}

std::uint64_t seed_at(const Buffer& buffer, std::size_t i) {
  const auto at = [&]<class T>(T) { return static_cast<const T*>(buffer.data)[i]; };
  const auto checked = [](std::int64_t seed) {
    if (seed < 0) throw std::invalid_argument(text("a seed must be a non-negative integer, got ", seed));
    return static_cast<std::uint64_t>(seed);
  };
  switch (buffer.type) {
    case ElementType::kUint32:
      return at(std::uint32_t{});
    case ElementType::kUint64:
      return at(std::uint64_t{});
    case ElementType::kInt32:
      return checked(at(std::int32_t{}));
    case ElementType::kInt64:
      return checked(at(std::int64_t{}));
    default:
      throw std::invalid_argument("seeds must be integers of 32 or 64 bits");
  }
}

Seeds to_seeds(const Buffer& buffer, std::size_t num_envs) {
  Seeds seeds;
  if (buffer.rank == 0) {
    seeds.base = to_words(seed_at(buffer, 0));
    return seeds;
  }
  if (buffer.rank != 1 || buffer.sizes[0] != static_cast<std::int64_t>(num_envs)) {
    throw std::invalid_argument(
        text("seeds must be one integer or ", num_envs, " of them, one for each environment"));
  }
  for (std::size_t i = 0; i < num_envs; ++i) seeds.each.emplace_back(to_words(seed_at(buffer, i)));
  return seeds;
}

}  // namespace

Error* step_batch(CallFrame* frame) {
  return answer(frame, [](Call& call) {
    Engine& engine = call.engine();
    const SpaceInfo& space = engine.action_space();
    ConstLeaves actions;
    for (std::size_t k = 0; k < space.num_leaves; ++k) {
      const LeafInfo& leaf = space.leaves[k];
      actions.at[k] = call.rows(static_cast<std::int64_t>(1 + k), leaf.dtype, leaf.values_per_lane());
    }
    StepArrays arrays;
    arrays.observations = call.results(engine.observation_space());
    arrays.float_rewards = static_cast<float*>(call.result(DType::kFloat32, 1));
    arrays.terminated = call.flags_result();
    arrays.truncated = call.flags_result();
    arrays.episode_returns = static_cast<double*>(call.result(DType::kFloat64, 1));
    arrays.episode_lengths = static_cast<std::int64_t*>(call.result(DType::kInt64, 1));
    const InfoLeaves infos = call.results(engine.infos());
    if (infos) arrays.infos = &infos;
    if (engine.autoreset().resets_at_once)
      arrays.next_observations = call.results(engine.observation_space());
    call.check_complete();
    engine.step(actions, arrays);
    call.finish();
  });
}

Error* reset_batch(CallFrame* frame) {
  return answer(frame, [](Call& call) {
    Engine& engine = call.engine();
    const std::uint8_t* mask = call.flags(1);
    const std::size_t num_envs = engine.num_envs();
    if (std::find(mask, mask + num_envs, 0) == mask + num_envs) mask = nullptr;
    Seeds seeds;
    if (call.num_arguments() > 2) seeds = to_seeds(call.argument(2), num_envs);
    const Leaves observations = call.results(engine.observation_space());
    const InfoLeaves infos = call.results(engine.infos());
    call.check_complete();
    const auto before = [&] { call.before_reset()(seeds, mask); };
    const FunctionRef<void()> before_reset(before);
    engine.reset(seeds, mask, {}, observations, infos, {}, &before_reset);
    call.finish();
  });
}

Error* ask_elapsed_steps(CallFrame* frame) {
  return answer(frame, [](Call& call) {
    auto* const steps = static_cast<std::int32_t*>(call.result(DType::kInt32, 1));
    call.check_complete();
    call.engine().all_elapsed_steps(steps);
    call.finish();
  });
}

}  // namespace plyo::xla
