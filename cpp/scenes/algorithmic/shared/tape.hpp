// The picture of the algorithmic tasks: the input with the head on it, the output beside the target, and the
// last action with its reward. It shows the same as the tasks' text.
#pragma once

#include <algorithm>
#include <cstdint>

#include "envs/algorithmic/common/algorithmic.hpp"
#include "render/canvas.hpp"
#include "scenes/art_cells.hpp"
#include "scenes/number_text.hpp"

namespace PLYO_ENVS::algorithmic {

template <class Task>
struct TapeScene {
  using State = typename Task::State;
  using Params = typename Task::Params;

  static constexpr render::Size size(const Params& params) {
    return {kWidth, kInputTop + num_lines(params) * kLargestCell + kOutputHeight};
  }

  template <class Canvas>
  static constexpr void draw(Canvas& canvas, const State& s, const Params& params) {
    canvas.clear(scenes::kPaper);
    draw_heading(canvas, s);
    draw_input(canvas, s, params);
    draw_output(canvas, s, params);
    draw_action(canvas, s, params);
  }

 private:
  // pixels
  static constexpr int kWidth = 640, kInputTop = 84, kOutputHeight = 210;
  static constexpr int kLargestCell = 32;
  static constexpr double kMargin = 16, kLetter = 14, kCellsLeft = 104,
                          kCellsWidth = kWidth - kCellsLeft - kMargin;

  static constexpr int kAround = 2;          // blanks shown on either side of an input
  static constexpr std::int32_t kLine = 33;  // the most symbols of a line of output

  static constexpr render::Color kBlank{0xec, 0xec, 0xe6}, kFrame{0xb8, 0xba, 0xc2};
  static constexpr render::Color kWritten{0xdc, 0xe8, 0xcc}, kFaint{0x96, 0x98, 0xa0};

  static constexpr bool kIsGrid = requires(const Params& params) { params.rows; };

  // A grid has a line of blanks above and one below.
  static constexpr int num_lines(const Params& params) { return num_rows(params) + (kIsGrid ? 2 : 0); }

  // The side of square cells, of which `count` must fit beside each other.
  static constexpr double cell_size(std::int32_t count) {
    const double room = plyo::math::floor(kCellsWidth / (count > 0 ? count : 1));
    return room < kLargestCell ? room : kLargestCell;
  }

  static constexpr Printer<Task, State, Params> names(const State& s, const Params& params) {
    return {s, params, TextWriter(nullptr, nullptr)};
  }

  template <class Canvas>
  static constexpr void write(Canvas& canvas, Text text, double x, double y,
                              render::Align align = render::Align::kLeft) {
    canvas.text(text, x, y, kLetter, align, scenes::kInk);
  }

  // The height of letters in cells, of whole pixels a dot.
  static constexpr double letter_in(double cell) { return cell < 24 ? kLetter / 2 : kLetter; }

  // A word beside a row of cells.
  template <class Canvas>
  static constexpr void write_label(Canvas& canvas, Text text, double y, double cell,
                                    render::Color color = scenes::kInk) {
    const double height = letter_in(cell);
    canvas.text(text, kMargin, y + plyo::math::floor((cell - height) / 2), height, render::Align::kLeft,
                color);
  }

  // A framed square with a symbol, whose dots are whole pixels.
  template <class Canvas>
  static constexpr void draw_cell(Canvas& canvas, double x, double y, double cell, render::Color color,
                                  Text symbol) {
    canvas.rect(x, y, cell, cell, kFrame);
    canvas.rect(x + 1, y + 1, cell - 2, cell - 2, color);
    if (symbol.empty()) return;
    const double height = letter_in(cell), width = render::text_width(symbol, height);
    canvas.text(symbol, x + plyo::math::floor((cell - width) / 2), y + plyo::math::floor((cell - height) / 2),
                height, render::Align::kLeft, scenes::kInk);
  }

  template <class Canvas>
  static constexpr void draw_heading(Canvas& canvas, const State& s) {
    const scenes::NumberText step =
        scenes::NumberText().text("STEP ").integer(s.time).text(" OF ").integer(Task::time_limit(s));
    const scenes::NumberText total =
        scenes::NumberText().text("RETURN ").real(static_cast<double>(s.total), 1);
    write(canvas, step, kMargin, 16);
    write(canvas, total, kWidth - kMargin, 16, render::Align::kRight);
    canvas.rect(kMargin, 38, kWidth - 2 * kMargin, 2, kFrame);
  }

  // The input between its blanks, and the head.
  template <class Canvas>
  static constexpr void draw_input(Canvas& canvas, const State& s, const Params& params) {
    const std::int32_t columns = s.length + 2 * kAround, first_line = kIsGrid ? -1 : 0;
    const std::int32_t last_line = first_line + num_lines(params) - 1;
    const double cell = cell_size(columns);
    const auto names_of = names(s, params);
    write_label(canvas, "INPUT", kInputTop - first_line * cell, cell);
    for (std::int32_t y = first_line; y <= last_line; ++y) {
      for (std::int32_t x = -kAround; x < s.length + kAround; ++x) {
        const std::int32_t symbol = symbol_at(s, params, x, y);
        const bool head = x == s.x && y == s.y;
        const render::Color color =
            head ? scenes::kYellow : (symbol == params.base ? kBlank : render::kWhite);
        draw_cell(canvas, kCellsLeft + (x + kAround) * cell, kInputTop + (y - first_line) * cell, cell, color,
                  names_of.name(symbol));
      }
    }
    // an arrow above the head's column; a red one at the edge if the head is further out
    const std::int32_t x = std::clamp(s.x, -kAround, s.length + kAround - 1);
    const std::int32_t y = std::clamp(s.y, first_line, last_line);
    const double tip = kCellsLeft + (x + kAround + 0.5) * cell, base = kInputTop - 4;
    const render::Point arrow[3] = {{tip - 7, base - 12}, {tip + 7, base - 12}, {tip, base}};
    canvas.polygon(arrow, 3, x == s.x && y == s.y ? scenes::kInk : scenes::kRed);
  }

  // Lines of the output above the target. Only the last written symbol can be wrong.
  template <class Canvas>
  static constexpr void draw_output(Canvas& canvas, const State& s, const Params& params) {
    const std::int32_t count = s.target_length + (s.written > s.target_length ? 1 : 0);
    const double cell = cell_size(count < kLine ? count : kLine);
    const double input_height = num_lines(params) * cell_size(s.length + 2 * kAround);
    const double top = kInputTop + input_height + 28, line_height = 2 * cell + 8;
    const auto names_of = names(s, params);
    for (std::int32_t i = 0; i < count; ++i) {
      const std::int32_t line = i / kLine;
      const double x = kCellsLeft + i % kLine * cell, y = top + line * line_height;
      if (i % kLine == 0) {
        write_label(canvas, "OUTPUT", y, cell);
        write_label(canvas, "TARGET", y + cell, cell, kFaint);
      }
      const bool just_now = i == s.written - 1 && s.last.move >= 0 && s.last.write != 0;
      const bool right = i < s.target_length && s.last.symbol == Task::target(s, params, i);
      const render::Color color = just_now        ? (right ? scenes::kGreen : scenes::kRed)
                                  : i < s.written ? kWritten
                                                  : render::kWhite;
      const Text target = names_of.target_name(i);
      const Text written = i < s.written ? target : Text();
      draw_cell(canvas, x, y, cell, color, just_now ? names_of.name(s.last.symbol) : written);
      if (i < s.target_length) draw_cell(canvas, x, y + cell, cell, kBlank, target);
    }
  }

  template <class Canvas>
  static constexpr void draw_action(Canvas& canvas, const State& s, const Params& params) {
    const double y = size(params).height - 16 - kLetter;
    canvas.rect(kMargin, y - 12, kWidth - 2 * kMargin, 2, kFrame);
    if (s.last.move < 0) return;
    constexpr Text kMoves[4] = {"LEFT", "RIGHT", "UP", "DOWN"};
    scenes::NumberText action = scenes::NumberText().text("MOVED ").text(kMoves[s.last.move]);
    if (s.last.write != 0) action.text(", WROTE ").text(names(s, params).name(s.last.symbol));
    const scenes::NumberText reward =
        scenes::NumberText().text("REWARD ").real(static_cast<double>(s.last_reward), 1);
    write(canvas, action, kMargin, y);
    write(canvas, reward, kWidth - kMargin, y, render::Align::kRight);
  }
};

}  // namespace PLYO_ENVS::algorithmic
