#include "picture_stage.hpp"

#include <cstring>

#include "../render/frame.hpp"

namespace plyo {

double nanoseconds_to_draw(render::Size size) {
  return 1000 + 0.06 * static_cast<double>(size.width) * static_cast<double>(size.height);
}

double PictureStage::nanoseconds() const { return nanoseconds_to_draw(frames_.config().size); }

void PictureStage::begin(LaneSource& source, const LaneSet& lanes) const {
  if (!frames_.remembers()) return;
  for (std::size_t i = 0; i < lanes.count; ++i) {
    std::byte* const memory = source.memory(lanes[i]);
    source.paint(lanes[i], frames_.begin(memory), frames_.config().style);
    frames_.fill(memory);
  }
}

void PictureStage::advance(LaneSource& source, const LaneSet& lanes) const {
  if (!frames_.remembers()) return;
  for (std::size_t i = 0; i < lanes.count; ++i) {
    source.paint(lanes[i], frames_.push(source.memory(lanes[i])), frames_.config().style);
  }
}

void PictureStage::write(LaneSource& source, const LaneSet& lanes, const Leaves& observations) const {
  const std::size_t bytes = frames_.observation_bytes();
  auto* out = static_cast<std::uint8_t*>(observations.at[0]);
  for (std::size_t i = 0; i < lanes.count; ++i, out += bytes) {
    if (frames_.remembers()) {
      frames_.write(source.memory(lanes[i]), out);
    } else if (source.was_reset(lanes[i])) {
      source.paint(lanes[i], frames_.only(out), frames_.config().style);
    } else {
      std::memset(out, 0, bytes);
    }
  }
}

}  // namespace plyo
