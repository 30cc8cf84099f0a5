"""The address at which the population database leaves answers."""

from django.urls import path

from portal.verification.views import take_answer

app_name = "verification"
urlpatterns = [path("population/answers/", take_answer, name="answers")]
