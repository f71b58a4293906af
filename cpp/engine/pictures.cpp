// Engine: pictures of lanes.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "../kernels/scene_ops.hpp"
#include "../render/display_list.hpp"
#include "../render/raster.hpp"
#include "engine.hpp"
#include "errors.hpp"

namespace plyo {
namespace {

// A thread's memory for drawing, kept from one picture to the next.
struct DrawingScratch {
  std::vector<std::uint64_t> state, params;  // aligned for any of them
  render::Scratch scratch;
};

DrawingScratch& drawing_scratch() {
  // made at a thread's first picture: most threads never draw
  thread_local const std::unique_ptr<DrawingScratch> own = std::make_unique<DrawingScratch>();
  return *own;
}

}  // namespace

render::Size Engine::picture_size() const { return scene_->size(params_.shared()); }

void Engine::paint(std::size_t lane, const render::Frame& frame, render::Style style) const {
  render::Raster canvas(frame, picture_size(), style, drawing_scratch().scratch);
  scene_->draw(params_.of_lane(lane, drawing_scratch().params),
               lanes_.whole_state(lane, drawing_scratch().state), canvas);
}

void Engine::check_drawable(std::span<const std::size_t> lanes) const {
  for (const std::size_t lane : lanes) {
    if (!is_never_reset(lane)) continue;
    throw ResetNeeded(
        text("Cannot render before calling reset(): environment ", lane, " has not been reset"));
  }
}

void Engine::draw(std::span<const std::size_t> lanes, render::Style style,
                  FunctionRef<render::Frame(std::size_t)> frame_of) const {
  const Exclusive guard = reading();
  check_drawable(lanes);
  if (lanes.empty()) return;
  const render::Frame first = frame_of(0);
  const double cost = nanoseconds_to_draw({first.width, first.height});
  const double worthwhile = std::ceil(cost * static_cast<double>(lanes.size()) / kInlineNanoseconds);
  const int threads = static_cast<int>(std::min<double>(num_threads_, worthwhile));
  // a few chunks a thread, so that no thread waits long for the last
  const std::size_t share = lanes.size() / (8 * static_cast<std::size_t>(threads));
  const std::size_t chunk = std::max<std::size_t>(1, share);
  ThreadPool::shared().run((lanes.size() + chunk - 1) / chunk, threads, [&](std::size_t c) {
    const std::size_t end = std::min(lanes.size(), (c + 1) * chunk);
    for (std::size_t i = c * chunk; i < end; ++i) paint(lanes[i], frame_of(i), style);
  });
}

std::vector<std::byte> Engine::display_list(std::size_t lane, render::Style style) const {
  const Exclusive guard = reading();
  check_drawable({&lane, 1});
  render::DisplayList canvas(picture_size(), style);
  scene_->list(params_.of_lane(lane, drawing_scratch().params),
               lanes_.whole_state(lane, drawing_scratch().state), canvas);
  const auto bytes = std::as_bytes(canvas.bytes());
  return {bytes.begin(), bytes.end()};
}

}  // namespace plyo
