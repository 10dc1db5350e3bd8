# syntax=docker/dockerfile:1
FROM python:3.14-slim AS build
RUN apt-get update \
 && apt-get install -y --no-install-recommends build-essential libpq-dev
RUN python -m venv /venv
ENV PATH="/venv/bin:$PATH"
COPY requirements.txt .
RUN --mount=type=cache,target=/root/.cache/pip pip install -r requirements.txt

FROM python:3.14-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends libpq5 \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --uid 10001 --no-create-home app
ENV PATH="/venv/bin:$PATH" PYTHONUNBUFFERED=1
COPY --from=build /venv /venv
COPY app/ /srv/app/
WORKDIR /srv
USER app
EXPOSE 8000
CMD ["gunicorn", "--bind=:8000", "app.wsgi"]
