import { expect, it } from "vitest";
import { readableInstruction } from "../../src/inspection/instruction.ts";

it.each<[string, string, string | null]>([
  ["buildkit's RUN", "RUN /bin/sh -c npm ci # buildkit", "RUN npm ci"],
  [
    "buildkit's RUN with build arguments",
    "RUN |2 TOKEN=s3cret words A=b /bin/sh -c make all # buildkit",
    "RUN make all",
  ],
  ["another shell", "RUN /bin/bash -euo pipefail -c make | tee x # buildkit", "RUN make | tee x"],
  [
    "another shell, with arguments",
    "RUN |1 A=b /bin/bash -o pipefail -c make # buildkit",
    "RUN make",
  ],
  ["no shell", "RUN |1 A=b npm ci # buildkit", "RUN npm ci"],
  ["a command that starts a shell", "RUN /bin/sh -c bash -c 'x' # buildkit", "RUN bash -c 'x'"],
  ["buildkit's COPY", "COPY --from=build /out /app # buildkit", "COPY --from=build /out /app"],
  ["the old builder's COPY", "/bin/sh -c #(nop) COPY file:ab in / ", "COPY file:ab in /"],
  ["the old builder's RUN", "/bin/sh -c apk add curl", "RUN apk add curl"],
  ["the old builder's RUN with arguments", "|1 A=b /bin/sh -c make", "RUN make"],
  ["several lines", "RUN /bin/sh -c a \\\n\t && b # buildkit", "RUN a \\ && b"],
  ["Windows", "cmd /S /C echo hi", "RUN echo hi"],
  ["another tool's words", "bazel build ...", "bazel build ..."],
  ["nothing", "", null],
])("reads %s", (_, createdBy, instruction) => {
  expect(readableInstruction(createdBy)).toBe(instruction);
});
